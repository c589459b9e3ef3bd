use api::pictures;
use http::Method;
use image::{ImageFormat, Rgb, RgbImage};
use models::PictureKind;

use crate::support::{
    MEDIA, ManualClock, Person, World, images, kept, largest, photograph, picture, png, stored,
};

const AVATAR: &str = "/api/v1/user/@me/avatar";

async fn refused(person: &Person<'_>, kind: &str, bytes: Vec<u8>) -> String {
    person.send(Method::PUT, AVATAR, Some(kind), bytes).await.refusal()
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let checked = [&kind[..], data].concat();
    let length = u32::try_from(data.len()).expect("a small chunk").to_be_bytes();
    [&length[..], &checked, &crc(&checked).to_be_bytes()].concat()
}

/// CRC-32 as PNG has it (ISO 3309), bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// A whole PNG of so many black pixels; a few kilobytes for as many as one likes.
fn bomb(side: u32) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let row = vec![0; usize::try_from(side / 8 + 2).expect("a row")];
    for _ in 0..side {
        packed.write_all(&row[..1 + usize::try_from(side.div_ceil(8)).expect("a row")]).expect("memory");
    }
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    let data = packed.finish().expect("memory");
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(*b"IHDR", &header), chunk(*b"IDAT", &data), chunk(*b"IEND", b"")]
        .concat()
}

#[tokio::test]
async fn a_bomb_is_refused_by_its_header() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let untouched = world.untouched().await;
    let large = bomb(30_000);
    assert!(large.len() < 256 * 1024, "{} bytes", large.len());
    let before = peak();
    assert_eq!(refused(&anna, "image/png", large).await, "422 unreadable_image");
    let mut wide = bomb(64);
    wide[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(refused(&anna, "image/png", wide).await, "422 unreadable_image");
    assert_eq!(refused(&anna, "image/png", bomb(4_097)).await, "422 unreadable_image");
    // Its pixels would be 900 MB.
    assert!(peak() - before < 100_000, "{} kB more", peak() - before);
    untouched.check().await;
}

/// The most memory that this process has had, in kB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[tokio::test]
async fn what_is_cut_or_two_things_at_once_is_refused() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let untouched = world.untouched().await;
    let kinds = [
        ("image/png", ImageFormat::Png),
        ("image/jpeg", ImageFormat::Jpeg),
        ("image/webp", ImageFormat::WebP),
        ("image/gif", ImageFormat::Gif),
    ];
    for (kind, format) in kinds {
        let whole = picture(200, 100, format);
        for end in [0, 1, 3, 8, 12, 20, whole.len() / 2] {
            let refusal = refused(&anna, kind, whole[..end].to_vec()).await;
            // Of its first bytes too little is left to know it by.
            let expected = if end < 12 {
                ["415 unsupported_media_type", "422 unreadable_image"]
            } else {
                ["422 unreadable_image"; 2]
            };
            assert!(expected.contains(&refusal.as_str()), "{kind} cut at {end}: {refusal}");
        }
    }
    let script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    for kind in ["image/svg+xml", "image/png", "image/jpeg"] {
        assert_eq!(refused(&anna, kind, script.clone()).await, "415 unsupported_media_type", "{kind}");
    }
    for other in [
        &b"<!doctype html><p>"[..],
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"BM\x3a\0\0\0",
        b"II*\0\x08\0\0\0",
        b"\0\0\0\x1cftypavif",
        b"",
    ] {
        assert_eq!(
            refused(&anna, "image/png", other.to_vec()).await,
            "415 unsupported_media_type",
            "{other:?}"
        );
    }
    untouched.check().await;
}

#[tokio::test]
async fn of_a_polyglot_only_the_picture_is_kept() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let payload = b"<script>alert(document.cookie)</script>PK\x03\x04";
    let commented = {
        let mut jpeg = picture(100, 100, ImageFormat::Jpeg);
        let length = u16::try_from(payload.len() + 2).expect("short").to_be_bytes();
        jpeg.splice(2..2, [&[0xff, 0xfe][..], &length, payload].concat());
        jpeg
    };
    let appended = [png(100, 100), payload.to_vec()].concat();
    for (kind, bytes) in [("image/jpeg", commented), ("image/png", appended)] {
        let answer = anna.send(Method::PUT, AVATAR, Some(kind), bytes).await.expect(200);
        let url = answer.text("/avatar/url");
        assert_eq!(stored(&url), Some((100, 100)));
        let kept = kept(&url);
        assert!(!kept.windows(8).any(|bytes| bytes == b"<script>"), "{kind}");
    }
}

/// Red and green above, blue and white below; higher than it is wide.
const CORNERS: [Rgb<u8>; 4] = [Rgb([220, 20, 20]), Rgb([20, 220, 20]), Rgb([20, 20, 220]), Rgb([230; 3])];

fn corner(x: u32, y: u32) -> usize {
    usize::from(x >= 40) + 2 * usize::from(y >= 60)
}

/// Which of the corners has this colour, or nearly.
fn nearest(colour: Rgb<u8>) -> usize {
    let apart = |corner: &Rgb<u8>| -> u32 {
        corner.0.iter().zip(colour.0).map(|(one, other)| u32::from(one.abs_diff(other))).sum()
    };
    (0..CORNERS.len()).min_by_key(|which| apart(&CORNERS[*which])).expect("a corner")
}

#[tokio::test]
async fn a_photograph_is_turned_upright_and_does_not_tell_where_it_was_taken() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let title = anna.add_title("game", "Ico", 2001).await;
    let cover = format!("/api/v1/titles/{title}/cover");
    let seen = RgbImage::from_fn(80, 120, |x, y| CORNERS[corner(x, y)]);
    for orientation in 1..=8 {
        let upload = photograph(&seen, orientation);
        assert!(upload.windows(4).any(|bytes| bytes == b"Exif"), "{orientation}");
        let answer = anna.send(Method::POST, &cover, Some("image/jpeg"), upload).await.expect(200);
        let jpeg = kept(&answer.text("/cover/url"));
        let shown =
            image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).expect("a JPEG").into_rgb8();
        assert_eq!(shown.dimensions(), (80, 120), "{orientation}");
        for (x, y) in [(20, 30), (60, 30), (20, 90), (60, 90)] {
            assert_eq!(nearest(*shown.get_pixel(x, y)), corner(x, y), "{orientation} at {x}, {y}");
        }
        for size in ["160", "640"] {
            let jpeg = kept(&answer.text(&format!("/cover/sizes/{size}")));
            assert_eq!(metadata(&jpeg), Vec::<u8>::new(), "{orientation}, {size}");
        }
    }
}

/// The markers of a JPEG's segments that hold what is no picture: EXIF, XMP, profiles, comments. The header that every
/// JPEG has is not among them.
fn metadata(jpeg: &[u8]) -> Vec<u8> {
    let (mut found, mut rest) = (Vec::new(), &jpeg[2..]);
    while let [0xff, marker, high, low, ..] = rest {
        if *marker == 0xda {
            break;
        }
        if matches!(marker, 0xe1..=0xef | 0xfe) {
            found.push(*marker);
        }
        rest = &rest[2 + usize::from(u16::from_be_bytes([*high, *low]))..];
    }
    found
}

/// Handed to the store itself: a program that is not optimised, on a machine that is busy, may need longer for so many
/// pixels than a request is given.
#[tokio::test]
async fn the_largest_picture_is_taken() {
    let upload = largest();
    assert!(upload.len() < 4 * 1024 * 1024, "{} bytes", upload.len());
    let (images, clock) = (images().await, ManualClock::at_noon());
    let picture = pictures::put(&*images, PictureKind::Cover, upload.into(), &clock).await;
    let picture = picture.expect("a picture");
    let jpeg = kept(&format!("{MEDIA}/{}", picture.object(640)));
    let shown = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).expect("a JPEG").into_rgb8();
    assert_eq!(shown.dimensions(), (640, 640));
    let [above, below] = [200, 440].map(|y| shown.get_pixel(320, y).0);
    assert!(above.iter().all(|channel| *channel > 250), "{above:?}");
    assert!(below.iter().all(|channel| *channel < 5), "{below:?}");
}
