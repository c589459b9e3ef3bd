//! What only the real service says: a conflict of transactions, or too much at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adapter_dynamodb::testing::at;
use adapter_dynamodb::{DynamoDb, Settings};
use contract::chance::now;
use contract::made;
use models::{TitleId, UserId, WalkState};
use ports::{Backend, Error, Walks};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const CONFLICT: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]}"#;
const THROTTLED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slower"}"#;
const REFUSED: &str = r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"secret"}"#;

/// A service that answers with these, one after the other, the last again and again; and how often it was asked.
async fn service(answers: &'static [(u16, &'static str)]) -> (DynamoDb, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let number = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let (status, body) = answers[number];
            let mut request = vec![0; 64 * 1024];
            let mut read = 0;
            while !whole(&request[..read]) {
                read += stream.read(&mut request[read..]).await.expect("a request");
            }
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all((head + body).as_bytes()).await.expect("an answer");
        }
    });
    let settings = Settings { prefix: "test-".to_owned(), shards: 1 };
    (DynamoDb::database(&at(format!("http://{address}")), &settings), asked)
}

/// Whether a request has the length that its head says.
fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let length = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.map(|(_, length)| length.trim().parse::<usize>().expect("a length")).sum::<usize>() <= body.len()
}

async fn add_walk(store: &DynamoDb) -> Result<bool, Error> {
    let (title, user) = (TitleId::new(contract::chance::id()), UserId::new(contract::chance::id()));
    Walks::add(store, &made::walk(title, user, WalkState::Planned, now())).await
}

#[tokio::test]
async fn are_tried_again() {
    let (store, asked) = service(&[(400, CONFLICT), (400, CONFLICT), (400, THROTTLED), (200, "{}")]).await;
    assert!(add_walk(&store).await.expect("an answer"));
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn what_would_be_refused_again_is_not() {
    let (store, asked) = service(&[(400, REFUSED)]).await;
    let Err(Error::Unavailable(why)) = add_walk(&store).await else { panic!("a refusal") };
    assert_eq!((why.backend, asked.load(Ordering::SeqCst)), (Backend::Database, 1));
    assert_eq!(why.source.to_string(), "ValidationException", "what people wrote is not in it");
}

#[tokio::test]
async fn a_deadline_ends_it() {
    let (store, asked) = service(&[(400, CONFLICT)]).await;
    let Err(Error::Unavailable(why)) = add_walk(&store).await else { panic!("no end") };
    assert_eq!(why.source.to_string(), "TransactionConflict");
    assert!(asked.load(Ordering::SeqCst) > 10);
}
