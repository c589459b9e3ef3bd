use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Store, service};

/// The limits by IP and by person: tests share the cache and this machine's address.
const WIDE: [&str; 9] = [
    "LIMIT_IP_CODE_MAILS",
    "LIMIT_IP_FAILED_LOGINS",
    "LIMIT_IP_LOGINS",
    "LIMIT_IP_CODE_CHECKS",
    "LIMIT_IP_REGISTRATIONS",
    "LIMIT_IP_REFRESHES",
    "LIMIT_USER_WRITES",
    "LIMIT_USER_UPLOADS",
    "LIMIT_USER_TITLE_DELETIONS",
];

/// The one-process server as a child, on a port and with keys of its own. It ends with this, also where the test fails.
pub struct Server {
    child: Option<Child>,
    program: PathBuf,
    variables: Vec<(&'static str, String)>,
    pub url: String,
    port: u16,
    /// Where it logs.
    log: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        // Of a test that fails the log stays.
        if !std::thread::panicking() {
            let _ = std::fs::remove_file(&self.log);
        }
    }
}

impl Server {
    /// On a store, with pictures in `bucket`, and with limits by IP and by person so wide that one machine can play many
    /// people; `more` variables take the place of the usual ones.
    pub fn start(store: &Store, bucket: &str, more: &[(&'static str, String)]) -> Self {
        let mut server = Self::prepared(store, bucket);
        server.variables.extend_from_slice(more);
        server.serve();
        server
    }

    fn prepared(store: &Store, bucket: &str) -> Self {
        let keys = auth::generate().expect("keys");
        // The port is free a moment later still: nobody else is given it so soon.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let url = format!("http://127.0.0.1:{port}");
        let mut variables = store.variables();
        variables.extend([
            ("MEDIA_BUCKET", bucket.to_owned()),
            ("MEDIA_URL", format!("{}/{bucket}", service("AWS_ENDPOINT_URL"))),
            ("MAIL_SENDER", "Prohod <no-reply@prohod.example>".to_owned()),
            ("PUBLIC_URL", url.clone()),
            ("JWT_SIGNING_KEY", keys.signing_key),
            ("JWT_PUBLIC_KEYS", keys.public_keys),
            ("PEPPER", keys.pepper),
            ("ALERT_ADDRESSES", "operator-of-tests@prohod.example".to_owned()),
        ]);
        variables.extend(WIDE.map(|name| (name, "100000/60".to_owned())));
        let program = PathBuf::from(service("TEST_BIN_DIR")).join("local");
        let log = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("server-{port}.log"));
        let server = Self { child: None, program, variables, url, port, log };
        assert!(server.run(&["prepare"]).status().expect("a program").success(), "`local prepare` failed");
        server
    }

    fn run(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the process, and waits until it answers.
    pub fn serve(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(&self.log).expect("a log");
        let mut command = self.run(&["serve", "--faults", "--listen", &format!("127.0.0.1:{}", self.port)]);
        let child = command.stdout(log.try_clone().expect("a log")).stderr(log).spawn();
        self.child = Some(child.expect("the server starts"));
        for _ in 0..400 {
            let health = ureq::get(format!("{}/api/v1/auth/.well-known/jwks.json", self.url)).call();
            if health.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("the server does not answer");
    }

    /// Ends the process at once, in the middle of whatever it does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What it was told by a variable.
    pub fn variable(&self, name: &str) -> &str {
        let found = self.variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str()).expect("a variable")
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }
}
