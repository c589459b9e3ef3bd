//! Pictures and mails against the emulator that AWS_ENDPOINT_URL names.

use std::io::Cursor;

use adapter_aws::{DecodingPlace, S3Images, SdkConfig, SesMail, make_bucket, sdk_config, verify_sender};
use bytes::Bytes;
use image::{ImageFormat, RgbImage};
use models::{Email, Language, PictureKind};
use ports::{ImageError, Images, Letter, Mail, Probe};

const BUCKET: &str = "prohod-adapter-aws-test";
const SENDER: &str = "Prohod <no-reply@prohod.example>";

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run the tests by `cargo dev test`"))
}

async fn images() -> S3Images {
    let config = sdk_config().await;
    make_bucket(&config, BUCKET).await.expect("a bucket");
    S3Images::new(&config, BUCKET, true, DecodingPlace::InPlace)
}

/// A configuration with an endpoint where nothing listens. Made anew: the environment's endpoint would win.
async fn nowhere() -> SdkConfig {
    let here = sdk_config().await;
    let mut nowhere = SdkConfig::builder().endpoint_url("http://127.0.0.1:9");
    nowhere.set_behavior_version(here.behavior_version());
    nowhere.set_region(here.region().cloned());
    nowhere.set_credentials_provider(here.credentials_provider());
    nowhere.set_http_client(here.http_client());
    nowhere.set_sleep_impl(here.sleep_impl());
    nowhere.set_time_source(here.time_source());
    nowhere.build()
}

fn png(width: u32, height: u32) -> Bytes {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(width, height).write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
    bytes.into_inner().into()
}

/// The object behind a key, by a plain request, as a browser or a proxy would fetch it.
async fn fetch(key: &str) -> (u16, Vec<u8>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let endpoint = variable("AWS_ENDPOINT_URL");
    let address = endpoint.trim_start_matches("http://").trim_end_matches('/');
    let mut socket = tokio::net::TcpStream::connect(address).await.expect("the emulator");
    let request = format!("GET /{BUCKET}/{key} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.expect("an answer");
    let border = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let status = String::from_utf8_lossy(&answer[9..12]).parse().expect("a status");
    (status, answer.split_off(border + 4))
}

#[tokio::test]
async fn a_picture_is_stored_in_its_sizes_and_removed() {
    let images = images().await;
    let name = format!("{:x}", std::process::id());
    let picture = images.put(PictureKind::Cover, &name, png(1000, 1500)).await.expect("stored");
    assert_eq!((picture.key.as_str(), &*picture.widths), (&*format!("covers/{name}"), &[160, 640][..]));
    for (width, height) in [(160, 240), (640, 960)] {
        let (status, jpeg) = fetch(&picture.object(u16::try_from(width).expect("small"))).await;
        assert_eq!(status, 200);
        let decoded = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).expect("a JPEG");
        assert_eq!((decoded.width(), decoded.height()), (width, height));
    }
    images.remove(&picture).await.expect("removed");
    assert_eq!(fetch(&picture.object(640)).await.0, 404);
    images.remove(&picture).await.expect("removing twice is fine");
}

#[tokio::test]
async fn what_is_no_picture_is_not_stored() {
    let images = images().await;
    let refused =
        |bytes: &'static [u8]| images.put(PictureKind::Avatar, "refused", Bytes::from_static(bytes));
    assert!(matches!(refused(b"hello").await, Err(ImageError::Unsupported)));
    assert!(matches!(refused(b"\x89PNG\r\n\x1a\n").await, Err(ImageError::Unreadable)));
    assert_eq!(fetch("avatars/refused/256.jpg").await.0, 404);
}

#[tokio::test]
async fn a_store_that_is_not_there_is_unavailable() {
    let config = nowhere().await;
    let images = S3Images::new(&config, BUCKET, true, DecodingPlace::InPlace);
    let refused = images.put(PictureKind::Avatar, "nowhere", png(64, 64)).await;
    assert!(matches!(refused, Err(ImageError::Store(ports::Error::Unavailable(_)))));
}

#[tokio::test]
async fn a_letter_is_mailed() {
    let config = sdk_config().await;
    verify_sender(&config, SENDER).await.expect("a sender");
    let mail = SesMail::new(&config, SENDER).expect("templates");
    mail.probe().await.expect("the mail service answers");
    let to = Email::try_from(format!("anna{}@почта.рф", std::process::id())).expect("an address");
    let letter = Letter::RegistrationCode { code: "K7QM-2XPD".to_owned() };
    mail.send(&to, letter, Language::Ru).await.expect("sent");
}

#[tokio::test]
async fn a_mail_service_that_is_not_there_is_unavailable() {
    let config = nowhere().await;
    let mail = SesMail::new(&config, SENDER).expect("templates");
    let to = Email::try_from("anna@example.org".to_owned()).expect("an address");
    assert!(mail.send(&to, Letter::NoAccount, Language::En).await.is_err());
    assert!(mail.probe().await.is_err());
}
