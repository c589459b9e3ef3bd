//! Uploads: a picture in its two sizes, or a refusal; never a panic, never more memory than the decoder is given.

#![no_main]

use image::ImageFormat;
use libfuzzer_sys::fuzz_target;
use models::PictureKind;

#[path = "../../../shared/adapter-aws/src/picture.rs"]
mod picture;

fuzz_target!(|upload: &[u8]| {
    for kind in [PictureKind::Cover, PictureKind::Avatar] {
        let Ok(made) = picture::sizes(upload, kind) else { continue };
        for size in made {
            let read = image::load_from_memory_with_format(&size.jpeg, ImageFormat::Jpeg).expect("a JPEG");
            assert!(read.width() <= u32::from(size.width));
        }
    }
});
