use http::Method;
use image::ImageFormat;

use crate::support::{Person, World, picture, png, stored};

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
        let key = url.strip_prefix(crate::support::MEDIA).expect("ours");
        let address =
            format!("{}/{}{key}", crate::support::service("AWS_ENDPOINT_URL"), crate::support::BUCKET);
        let kept = ureq::get(address).call().expect("a picture").body_mut().read_to_vec().expect("bytes");
        assert!(!kept.windows(8).any(|bytes| bytes == b"<script>"), "{kind}");
    }
}
