use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use super::service;

/// Where the tests' pictures are served, and the bucket that they are in.
pub const MEDIA: &str = "https://media.prohod.example";
pub const BUCKET: &str = "prohod-tests";

/// A picture of one colour.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let pixels = RgbImage::from_pixel(width, height, Rgb([120, 60, 200]));
    pixels.write_to(&mut bytes, format).expect("an encoder");
    bytes.into_inner()
}

/// A PNG of one colour.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Png)
}

/// What the bucket has under an address of a picture: its width and height, `None` where there is nothing.
pub fn stored(url: &str) -> Option<(u32, u32)> {
    let key = url.strip_prefix(MEDIA).unwrap_or_else(|| panic!("{url} is not under {MEDIA}"));
    let address = format!("{}/{BUCKET}{key}", service("AWS_ENDPOINT_URL"));
    let request = ureq::get(address).config().http_status_as_error(false).build();
    let mut answer = request.call().expect("the store of pictures answers");
    match answer.status().as_u16() {
        404 => None,
        200 => {
            let kind = answer.headers().get("content-type").expect("a type").to_str().expect("a text");
            assert_eq!(kind, "image/jpeg");
            let bytes = answer.body_mut().read_to_vec().expect("a whole picture");
            let picture = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).expect("a JPEG");
            Some((picture.width(), picture.height()))
        }
        other => panic!("{other} for {url}"),
    }
}
