//! Pictures and mails against the emulator that AWS_ENDPOINT_URL names.

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use adapter_aws::{
    DecodingPlace, S3Images, SdkConfig, SesMail, SesOperatorMail, make_bucket, sdk_config, verify_sender,
};
use bytes::Bytes;
use image::{ImageFormat, RgbImage};
use models::{Email, Language, PictureKind};
use ports::{ImageError, Images, Letter, Mail, OperatorMail, Probe};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

const BUCKET: &str = "prohod-adapter-aws-test";
const SENDER: &str = "Prohod <no-reply@prohod.example>";

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run the tests by `cargo dev test`"))
}

/// The emulator, never AWS itself with somebody's own credentials.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the servers are")]
fn here() -> SdkConfig {
    assert!(!variable("AWS_ENDPOINT_URL").is_empty(), "AWS_ENDPOINT_URL is empty");
    sdk_config(|name| std::env::var(name).ok())
}

async fn images() -> S3Images {
    let config = here();
    make_bucket(&config, BUCKET).await.expect("a bucket");
    S3Images::new(&config, BUCKET, true, DecodingPlace::InPlace)
}

/// A configuration with another endpoint. Made anew: the environment's would win.
fn elsewhere(endpoint: &str) -> SdkConfig {
    let here = here();
    let mut elsewhere = SdkConfig::builder().endpoint_url(endpoint);
    elsewhere.set_behavior_version(here.behavior_version());
    elsewhere.set_region(here.region().cloned());
    elsewhere.set_credentials_provider(here.credentials_provider());
    elsewhere.set_http_client(here.http_client());
    elsewhere.build()
}

/// Nothing listens there.
fn nowhere() -> SdkConfig {
    elsewhere("http://127.0.0.1:9")
}

fn png(width: u32, height: u32) -> Bytes {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(width, height).write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
    bytes.into_inner().into()
}

/// Status, head and body of a page of the emulator, by a plain request, as a browser or a proxy would fetch it.
async fn get(path: &str) -> (u16, String, Vec<u8>) {
    let endpoint = variable("AWS_ENDPOINT_URL");
    let address = endpoint.trim_start_matches("http://").trim_end_matches('/');
    let mut socket = TcpStream::connect(address).await.expect("the emulator");
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.expect("an answer");
    let border = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let body = answer.split_off(border + 4);
    let head = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    (head[9..12].parse().expect("a status"), head, body)
}

/// The object behind a key.
async fn fetch(key: &str) -> (u16, String, Vec<u8>) {
    get(&format!("/{BUCKET}/{key}")).await
}

/// The mails to an address that the emulator took, of ministack or LocalStack.
async fn inbox(to: &str) -> Vec<Value> {
    for path in ["/_ministack/ses/messages", "/_aws/ses"] {
        let (_, _, body) = get(path).await;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let mails = match &answer["messages"] {
            Value::Object(accounts) => accounts.values().filter_map(Value::as_array).flatten().collect(),
            Value::Array(mails) => mails.iter().collect(),
            _ => continue,
        };
        let mails: Vec<&Value> = mails;
        let is_to =
            |mail: &&&Value| [&mail["To"][0], &mail["Destination"]["ToAddresses"][0]].contains(&&to.into());
        return mails.iter().filter(is_to).map(|mail| (**mail).clone()).collect();
    }
    panic!("what runs at AWS_ENDPOINT_URL keeps no list of sent mails");
}

/// What SES says to who asks more than once a second for its quota.
const TOO_OFTEN: &str = r#"<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>
<Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>1</RequestId></ErrorResponse>"#;

/// A store that takes every object but those of 640 pixels, and a mail service that was asked too often; tells which
/// requests came.
async fn half_a_store() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(BufReader::new(socket), log.clone()));
        }
    });
    (url, seen)
}

async fn serve(mut socket: BufReader<TcpStream>, log: Arc<Mutex<Vec<String>>>) -> Option<()> {
    loop {
        let (mut head, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            socket.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
            head.push_str(&line.to_ascii_lowercase());
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
        socket.read_exact(&mut body).await.ok()?;
        let request = head.split([' ', '?']).take(2).collect::<Vec<_>>().join(" ");
        let refused = request.starts_with("put") && request.contains("640");
        log.lock().expect("the log").push(request);
        let (status, text) = match () {
            () if body.starts_with(b"Action=GetSendQuota") => ("400 Bad Request", TOO_OFTEN),
            () if refused => ("403 Forbidden", ""),
            () => ("200 OK", ""),
        };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{text}", text.len());
        socket.get_mut().write_all(answer.as_bytes()).await.ok()?;
    }
}

#[tokio::test]
async fn a_picture_is_stored_in_its_sizes_and_removed() {
    let images = images().await;
    let name = format!("{:x}", std::process::id());
    let picture = images.put(PictureKind::Cover, &name, png(1000, 1500)).await.expect("stored");
    assert_eq!((picture.key.as_str(), &*picture.widths), (&*format!("covers/{name}"), &[160, 640][..]));
    for (width, height) in [(160, 240), (640, 960)] {
        let (status, head, jpeg) = fetch(&picture.object(u16::try_from(width).expect("small"))).await;
        assert_eq!(status, 200);
        assert!(head.contains("content-type: image/jpeg"), "{head}");
        assert!(head.contains("cache-control: public, max-age=31536000, immutable"), "{head}");
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
async fn of_a_picture_that_is_stored_in_part_nothing_is_left() {
    let (store, seen) = half_a_store().await;
    let images = S3Images::new(&elsewhere(&store), BUCKET, true, DecodingPlace::Threads(2));
    let refused = images.put(PictureKind::Cover, "half", png(1000, 1500)).await;
    assert!(matches!(refused, Err(ImageError::Store(ports::Error::Unavailable(_)))));
    let mut seen = seen.lock().expect("the log").clone();
    assert!(seen[..2].iter().all(|request| request.starts_with("put")), "{seen:?}");
    seen.sort();
    let requests = |what: &str| [160, 640].map(|width| format!("{what} /{BUCKET}/covers/half/{width}.jpg"));
    assert_eq!(seen, [requests("delete"), requests("put")].concat());
}

#[tokio::test]
async fn a_store_that_is_not_there_is_unavailable() {
    let config = nowhere();
    let images = S3Images::new(&config, BUCKET, true, DecodingPlace::InPlace);
    let refused = images.put(PictureKind::Avatar, "nowhere", png(64, 64)).await;
    assert!(matches!(refused, Err(ImageError::Store(ports::Error::Unavailable(_)))));
}

#[tokio::test]
async fn a_letter_is_mailed() {
    let config = here();
    verify_sender(&config, SENDER).await.expect("a sender");
    let mail = SesMail::new(&config, SENDER).expect("templates");
    mail.probe().await.expect("the mail service answers");
    let to = Email::try_from(format!("anna{}@почта.рф", std::process::id())).expect("an address");
    let letter = Letter::RegistrationCode { code: "K7QM-2XPD".to_owned() };
    mail.send(&to, letter, Language::Ru).await.expect("sent");
    let [found] = &inbox(&to.deliverable()).await[..] else { panic!("one mail in the inbox") };
    assert!(found["Subject"].as_str().is_some_and(|subject| subject.contains("код")), "{found}");
    for part in [["BodyText", "text_part"], ["BodyHtml", "html_part"]] {
        let text = found[part[0]].as_str().or(found["Body"][part[1]].as_str()).expect("a part");
        assert!(text.contains("K7QM-2XPD") && text.contains("10 мин"), "{text}");
    }
}

#[tokio::test]
async fn a_mail_service_that_is_not_there_is_unavailable() {
    let config = nowhere();
    let mail = SesMail::new(&config, SENDER).expect("templates");
    let to = Email::try_from("anna@example.org".to_owned()).expect("an address");
    assert!(mail.send(&to, Letter::NoAccount, Language::En).await.is_err());
    assert!(mail.probe().await.is_err());
}

#[tokio::test]
async fn a_mail_service_that_is_asked_too_often_answers() {
    let (url, seen) = half_a_store().await;
    let mail = SesMail::new(&elsewhere(&url), SENDER).expect("templates");
    mail.probe().await.expect("it answers");
    assert!(!seen.lock().expect("the log").is_empty(), "it was asked");
}

#[tokio::test]
async fn operators_are_mailed_one_plain_text_together() {
    let config = here();
    verify_sender(&config, SENDER).await.expect("a sender");
    let mail = SesOperatorMail::new(&config, SENDER).expect("a sender");
    let address = |name: &str| {
        Email::try_from(format!("{name}{}@prohod.example", std::process::id())).expect("an address")
    };
    let to = [address("first"), address("second")];
    mail.send(&to, "[prod][auth] panic\r\nBcc: x@example.org", "Count: 1\nЭто всё").await.expect("sent");
    let [found] = &inbox(&to[0].deliverable()).await[..] else { panic!("one mail in the inbox") };
    assert_eq!(found["Subject"], "[prod][auth] panic  Bcc: x@example.org");
    let text = found["BodyText"].as_str().or(found["Body"]["text_part"].as_str());
    assert_eq!(text, Some("Count: 1\nЭто всё"));
    let all = [&found["To"], &found["Destination"]["ToAddresses"]].into_iter().find(|to| to.is_array());
    assert_eq!(all, Some(&serde_json::json!([to[0].deliverable(), to[1].deliverable()])));
    assert!(SesOperatorMail::new(&config, "x\r\nBcc: y@example.org").is_err());
}

#[tokio::test]
async fn operators_that_can_t_be_mailed_are_told_of_as_unavailable() {
    let mail = SesOperatorMail::new(&nowhere(), SENDER).expect("a sender");
    let to = [Email::try_from("operator@prohod.example".to_owned()).expect("an address")];
    let refused = mail.send(&to, "a", "b").await;
    assert!(matches!(refused, Err(ports::Error::Unavailable(why)) if why.backend == ports::Backend::Mail));
}
