use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _, ImageFormat, Rgb, RgbImage};

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

/// What a camera writes: how the picture is to be turned, and where it was taken (TIFF 6.0 and EXIF 2.3).
pub fn exif(orientation: u8) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let (ascii, short, long, rational) = (2, 3, 4, 5);
    // The first list ends at 38, the second at 92, and what is too long for its entry follows.
    let whole = [
        b"II*\0\x08\0\0\0\x02\0".to_vec(),
        entry(0x0112, short, 1, [orientation, 0, 0, 0]),
        entry(0x8825, long, 1, 38_u32.to_le_bytes()),
        b"\0\0\0\0\x04\0".to_vec(),
        entry(1, ascii, 2, *b"N\0\0\0"),
        entry(2, rational, 3, 92_u32.to_le_bytes()),
        entry(3, ascii, 2, *b"E\0\0\0"),
        entry(4, rational, 3, 116_u32.to_le_bytes()),
        b"\0\0\0\0".to_vec(),
        PLACE.into_iter().flat_map(|number| [number.to_le_bytes(), 1_u32.to_le_bytes()].concat()).collect(),
    ];
    whole.concat()
}

/// Degrees, minutes and seconds north, and those east.
const PLACE: [u32; 6] = [54, 59, 20, 73, 22, 6];

/// A JPEG of what a camera saw, as it stores it when it is held this way; with the place.
pub fn photograph(seen: &RgbImage, orientation: u8) -> Vec<u8> {
    let (right, bottom) = (seen.width() - 1, seen.height() - 1);
    // Where the n-th row and column of what is stored belong, by EXIF's own table.
    let place = |column: u32, row: u32| match orientation {
        1 => (column, row),
        2 => (right - column, row),
        3 => (right - column, bottom - row),
        4 => (column, bottom - row),
        5 => (row, column),
        6 => (right - row, column),
        7 => (right - row, bottom - column),
        _ => (row, bottom - column),
    };
    let (width, height) = if orientation < 5 { seen.dimensions() } else { (seen.height(), seen.width()) };
    let stored = RgbImage::from_fn(width, height, |column, row| {
        let (x, y) = place(column, row);
        *seen.get_pixel(x, y)
    });
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif(orientation)).expect("a JPEG has EXIF");
    encoder.encode_image(&stored).expect("an encoder");
    bytes
}

/// The largest picture that is taken: 4096 pixels a side, 16 bits a channel, with transparency, to be turned by a quarter.
/// Upright its upper half is white and its lower half black.
pub fn largest() -> Vec<u8> {
    const SIDE: usize = 4096;
    let [white, black] = [[0xff; 8], [0, 0, 0, 0, 0, 0, 0xff, 0xff]].map(|pixel| pixel.repeat(SIDE / 2));
    let pixels = [white, black].concat().repeat(SIDE);
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif(6)).expect("a PNG has EXIF");
    encoder.write_image(&pixels, SIDE as u32, SIDE as u32, ExtendedColorType::Rgba16).expect("an encoder");
    bytes
}

/// The bytes that the bucket has under an address of a picture.
pub fn kept(url: &str) -> Vec<u8> {
    let mut answer = ask_bucket(url);
    assert_eq!(answer.status().as_u16(), 200, "{url}");
    answer.body_mut().read_to_vec().expect("a whole picture")
}

fn ask_bucket(url: &str) -> http::Response<ureq::Body> {
    let key = url.strip_prefix(MEDIA).unwrap_or_else(|| panic!("{url} is not under {MEDIA}"));
    let address = format!("{}/{BUCKET}{key}", service("AWS_ENDPOINT_URL"));
    let request = ureq::get(address).config().http_status_as_error(false).build();
    request.call().expect("the store of pictures answers")
}

/// What the bucket has under an address of a picture: its width and height, `None` where there is nothing.
pub fn stored(url: &str) -> Option<(u32, u32)> {
    let mut answer = ask_bucket(url);
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
