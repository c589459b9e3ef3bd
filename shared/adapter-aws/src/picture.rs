use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, RgbImage};
use models::PictureKind;

/// The longest side that is taken, in pixels (IMG-2).
const MAX_SIDE: u32 = 4096;
/// Room for decoding one picture of that size with 16 bits a channel.
const MAX_ALLOCATION: u64 = 192 * 1024 * 1024;
const QUALITY: u8 = 85;

/// Why bytes are no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Not of a known kind, by their first bytes.
    Unsupported,
    /// Of a known kind and not to be decoded, or too large in pixels.
    Unreadable,
}

/// One size of a picture: its nominal width and its JPEG.
pub(crate) struct Size {
    pub(crate) width: u16,
    pub(crate) jpeg: Vec<u8>,
}

/// Decodes an upload, turns it upright and makes the sizes of `kind`. Nothing of the upload but its pixels
/// survives (IMG-3).
pub(crate) fn sizes(upload: &[u8], kind: PictureKind) -> Result<Vec<Size>, Refused> {
    let (picture, orientation) = decode(upload)?;
    let picture = DynamicImage::from(on_white(picture)?);
    let mut picture = match kind {
        PictureKind::Avatar => square(picture),
        PictureKind::Cover => picture,
    };
    // Turned when it is small: a second picture of the largest size would not fit into a function beside the first.
    let widest = kind.widths().iter().copied().max().unwrap_or_default().into();
    picture = if is_on_its_side(orientation) { lowered(picture, widest) } else { narrowed(picture, widest) };
    picture.apply_orientation(orientation);
    let mut made = Vec::new();
    // From the largest down, each out of the one before: the whole picture is gone through once.
    for width in kind.widths().iter().rev() {
        picture = narrowed(picture, (*width).into());
        made.push(Size { width: *width, jpeg: encode(&picture)? });
    }
    made.reverse();
    Ok(made)
}

/// The picture as it is stored, and how it is to be turned.
fn decode(upload: &[u8]) -> Result<(DynamicImage, Orientation), Refused> {
    let format = image::guess_format(upload).map_err(|_| Refused::Unsupported)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif) {
        return Err(Refused::Unsupported);
    }
    // The decoder of JPEG fills what is missing with grey; the end marker tells that nothing is.
    if format == ImageFormat::Jpeg && !has_end(upload) {
        return Err(Refused::Unreadable);
    }
    let unreadable = |_| Refused::Unreadable;
    let mut decoder =
        ImageReader::with_format(Cursor::new(upload), format).into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
        return Err(Refused::Unreadable);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    decoder.set_limits(limits).map_err(unreadable)?;
    let orientation = decoder.orientation().map_err(unreadable)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    Ok((picture, orientation))
}

/// Whether a JPEG has its end marker: behind its first scan, since a preview among the metadata has one of its own.
fn has_end(jpeg: &[u8]) -> bool {
    let mut rest = &jpeg[2..];
    loop {
        match rest {
            [0xff, 0xff, ..] => rest = &rest[1..],
            [0xff, 0xda, scan @ ..] => return scan.windows(2).any(|pair| pair == [0xff, 0xd9]),
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(2 + length..).unwrap_or_default();
            }
            [_, ..] => rest = &rest[1..],
            [] => return false,
        }
    }
}

const fn is_on_its_side(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// JPEG has no transparency: what shows through is white.
fn on_white(picture: DynamicImage) -> Result<RgbImage, Refused> {
    let (width, height) = (picture.width(), picture.height());
    let mut blended = Vec::new();
    match picture {
        // The largest that there is, so without all of it in 8 bits in between.
        DynamicImage::ImageRgba16(picture) => {
            blended.reserve_exact(picture.as_raw().len() / 4 * 3);
            let eight = |channel: u16| u8::try_from((u32::from(channel) + 128) / 257).unwrap_or(u8::MAX);
            for pixel in picture.as_raw().as_chunks().0 {
                blended.extend_from_slice(&blend(pixel.map(eight)));
            }
        }
        picture if picture.color().has_alpha() => {
            let picture = picture.into_rgba8();
            blended.reserve_exact(picture.as_raw().len() / 4 * 3);
            for pixel in picture.as_raw().as_chunks().0 {
                blended.extend_from_slice(&blend(*pixel));
            }
        }
        picture => return Ok(picture.into_rgb8()),
    }
    RgbImage::from_raw(width, height, blended).ok_or(Refused::Unreadable)
}

fn blend([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    let alpha = u16::from(alpha);
    let on_white = |channel: u8| {
        u8::try_from((u16::from(channel) * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
    };
    [on_white(red), on_white(green), on_white(blue)]
}

fn square(picture: DynamicImage) -> DynamicImage {
    let side = picture.width().min(picture.height());
    if picture.width() == picture.height() {
        return picture;
    }
    picture.crop_imm((picture.width() - side) / 2, (picture.height() - side) / 2, side, side)
}

/// The picture at `width`, or as it is where that is no less. `DynamicImage` and not `imageops`, which would be
/// compiled into this crate, and without optimisation take ten seconds in development.
fn narrowed(picture: DynamicImage, width: u32) -> DynamicImage {
    if picture.width() <= width {
        return picture;
    }
    let height = (picture.height() * width).div_ceil(picture.width());
    picture.resize_exact(width, height, FilterType::Lanczos3)
}

/// As [`narrowed`], by the height: of a picture that is still to be turned on its side.
fn lowered(picture: DynamicImage, height: u32) -> DynamicImage {
    if picture.height() <= height {
        return picture;
    }
    let width = (picture.width() * height).div_ceil(picture.height());
    picture.resize_exact(width, height, FilterType::Lanczos3)
}

fn encode(picture: &DynamicImage) -> Result<Vec<u8>, Refused> {
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    picture.write_with_encoder(encoder).map_err(|_| Refused::Unreadable)?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, Rgba, RgbaImage};
    use proptest::prelude::*;

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn made(upload: &[u8], kind: PictureKind) -> Vec<(u16, RgbImage)> {
        let sizes = sizes(upload, kind).unwrap();
        let decoded =
            |size: &Size| image::load_from_memory_with_format(&size.jpeg, ImageFormat::Jpeg).unwrap();
        sizes.iter().map(|size| (size.width, decoded(size).into_rgb8())).collect()
    }

    #[test]
    fn a_cover_keeps_its_shape_and_is_never_enlarged() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
            let upload = encoded(RgbImage::from_pixel(300, 450, Rgb([200, 30, 30])), format);
            let widths: Vec<_> =
                made(&upload, PictureKind::Cover).iter().map(|(width, p)| (*width, p.dimensions())).collect();
            assert_eq!(widths, [(160, (160, 240)), (640, (300, 450))], "{format:?}");
        }
        let line = encoded(RgbImage::new(4096, 1), ImageFormat::Png);
        assert_eq!(made(&line, PictureKind::Cover)[0].1.dimensions(), (160, 1));
    }

    #[test]
    fn an_avatar_is_the_square_in_the_middle() {
        let wide =
            RgbImage::from_fn(
                900,
                300,
                |x, _| if (300..600).contains(&x) { Rgb([0, 200, 0]) } else { Rgb([0; 3]) },
            );
        let made = made(&encoded(wide, ImageFormat::Png), PictureKind::Avatar);
        assert_eq!(made.iter().map(|(_, p)| p.dimensions()).collect::<Vec<_>>(), [(64, 64), (256, 256)]);
        assert!(made[1].1.pixels().all(|pixel| pixel[1] > 180), "only the middle is green");
    }

    #[test]
    fn transparency_shows_white() {
        let clear = RgbaImage::from_pixel(64, 64, Rgba([255, 0, 0, 0]));
        let made = made(&encoded(clear, ImageFormat::Png), PictureKind::Avatar);
        assert!(made[0].1.pixels().all(|pixel| pixel.0.iter().all(|channel| *channel > 250)));
    }

    #[test]
    fn sixteen_bits_are_shown_as_eight_and_what_shows_through_is_white() {
        type Deep = image::ImageBuffer<Rgba<u16>, Vec<u16>>;
        let half = Deep::from_pixel(64, 64, Rgba([u16::MAX, 0, 0, u16::MAX / 2 + 1]));
        let made = made(&encoded(DynamicImage::ImageRgba16(half), ImageFormat::Png), PictureKind::Avatar);
        let [red, green, blue] = made[0].1.get_pixel(30, 30).0;
        assert!(
            red > 250 && (122..=132).contains(&green) && (122..=132).contains(&blue),
            "{red} {green} {blue}"
        );
    }

    /// A JPEG with an EXIF segment that says how it is to be turned, after TIFF 6.0 and EXIF 2.3.
    fn oriented(picture: RgbImage, orientation: u8) -> Vec<u8> {
        let plain = encoded(picture, ImageFormat::Jpeg);
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let mut bytes = plain[..2].to_vec();
        bytes.extend_from_slice(&[0xff, 0xe1]);
        bytes.extend_from_slice(&length);
        bytes.extend_from_slice(&exif);
        bytes.extend_from_slice(&plain[2..]);
        bytes
    }

    #[test]
    fn a_preview_does_not_pass_for_the_whole_picture() {
        let small = encoded(RgbImage::new(16, 16), ImageFormat::Jpeg);
        let whole =
            encoded(RgbImage::from_fn(99, 99, |x, y| Rgb([(x * y % 251) as u8; 3])), ImageFormat::Jpeg);
        let length = u16::try_from(small.len() + 2).unwrap().to_be_bytes();
        let previewed = [&whole[..2], &[0xff, 0xe3], &length, &small, &whole[2..]].concat();
        assert!(sizes(&previewed, PictureKind::Cover).is_ok());
        let cut = &previewed[..previewed.len() - whole.len() / 2];
        assert_eq!(sizes(cut, PictureKind::Cover).err(), Some(Refused::Unreadable));
        let trailed = [&previewed[..], b"\xff\xda and a film behind it"].concat();
        assert!(sizes(&trailed, PictureKind::Cover).is_ok());
    }

    #[test]
    fn every_orientation_is_applied_and_no_metadata_survives() {
        // Upright it is red on top and 40 × 80; stored turned, as cameras do.
        let bright = |pixel: &Rgb<u8>| pixel[0] > 128;
        for orientation in 1..=8 {
            let turned = orientation >= 5;
            let (width, height) = if turned { (80, 40) } else { (40, 80) };
            let stored = RgbImage::from_fn(width, height, |x, y| {
                let top = match orientation {
                    1 | 2 => y < 40,
                    3 | 4 => y >= 40,
                    5 | 6 => x < 40,
                    _ => x >= 40,
                };
                if top { Rgb([255, 0, 0]) } else { Rgb([0; 3]) }
            });
            let upload = oriented(stored, orientation);
            let (_, picture) = made(&upload, PictureKind::Cover).remove(1);
            assert_eq!(picture.dimensions(), (40, 80), "{orientation}");
            assert!(bright(picture.get_pixel(20, 10)), "{orientation}");
            assert!(!bright(picture.get_pixel(20, 70)), "{orientation}");
            let jpeg = &sizes(&upload, PictureKind::Cover).unwrap()[1].jpeg;
            assert!(!jpeg.windows(4).any(|window| window == b"Exif"));
        }
    }

    #[test]
    fn a_bomb_is_refused_by_its_dimensions() {
        // Header of a PNG of 30,000 × 30,000 and nothing behind it: the pixels are never looked for.
        let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        let ihdr = [&30_000_u32.to_be_bytes()[..], &30_000_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        bomb.extend_from_slice(&ihdr);
        let crc = crc32(&[b"IHDR", &ihdr[..]].concat());
        bomb.extend_from_slice(&crc.to_be_bytes());
        bomb.extend_from_slice(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
        assert_eq!(sizes(&bomb, PictureKind::Cover).err(), Some(Refused::Unreadable));
        let large = encoded(RgbImage::new(4097, 1), ImageFormat::Png);
        assert_eq!(sizes(&large, PictureKind::Cover).err(), Some(Refused::Unreadable));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            })
        })
    }

    /// Beginnings of every kind that is taken, with anything behind.
    fn nearly_a_picture() -> impl Strategy<Value = Vec<u8>> {
        let whole: Vec<Vec<u8>> = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif]
            .map(|format| encoded(RgbImage::from_pixel(40, 30, Rgb([9, 90, 200])), format))
            .into();
        let changed = (
            prop::sample::select(whole),
            prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            any::<prop::sample::Index>(),
        )
            .prop_map(|(mut bytes, changes, end)| {
                for (at, byte) in changes {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
                bytes.truncate(end.index(bytes.len()) + 1);
                bytes
            });
        prop_oneof![changed, prop::collection::vec(any::<u8>(), 0..200)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_uploaded_is_a_picture_in_its_sizes_or_refused(bytes in nearly_a_picture()) {
            if let Ok(made) = sizes(&bytes, PictureKind::Cover) {
                let widths: Vec<_> = made.iter().map(|size| size.width).collect();
                prop_assert_eq!(widths, [160, 640]);
                for size in made {
                    let picture = image::load_from_memory_with_format(&size.jpeg, ImageFormat::Jpeg).expect("a JPEG");
                    prop_assert!(picture.width() <= size.width.into());
                }
            }
        }
    }

    #[test]
    fn what_is_no_picture_is_unsupported_and_what_is_broken_unreadable() {
        for other in
            [&b""[..], b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"BM\0\0\0\0\0\0"]
        {
            assert_eq!(sizes(other, PictureKind::Cover).err(), Some(Refused::Unsupported), "{other:?}");
        }
        for other in [
            &b"GIF89a=1;alert(1)//"[..],
            b"\xff\xd8\xff\xe0<html>",
            b"\xff\xd8\xff",
            b"\x89PNG\r\n\x1a\n<html>",
            b"RIFF\x10\0\0\0WEBPVP8 <html>",
        ] {
            assert_eq!(sizes(other, PictureKind::Cover).err(), Some(Refused::Unreadable), "{other:?}");
        }
        let noise = RgbImage::from_fn(200, 200, |x, y| {
            Rgb([(x * y % 251) as u8, (x * 7 % 256) as u8, (y * 3 % 256) as u8])
        });
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
            let whole = encoded(noise.clone(), format);
            assert!(sizes(&whole, PictureKind::Cover).is_ok(), "{format:?}");
            let cut = &whole[..whole.len() / 2];
            assert_eq!(sizes(cut, PictureKind::Cover).err(), Some(Refused::Unreadable), "{format:?}");
        }
    }
}
