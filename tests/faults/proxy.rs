//! A TCP proxy before a backend, that can stand still, refuse, or cut answers in their middle.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use contract::chance::Dice;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It arrives.
    Through,
    /// Nobody listens, and whoever was connected is cut off.
    Stopped,
    /// Connections stay and are taken, and nothing arrives until this is over.
    Stalled,
    /// Each connection is cut after so many bytes of answers, drawn below this.
    Cut(u64),
}

/// The proxy. It ends with this, and every connection through it.
pub struct Proxy {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    cuts: Arc<AtomicU64>,
    /// Has the port, and listens to nobody: it stays ours while the other one is closed.
    _holder: TcpSocket,
    runtime: Option<Runtime>,
}

impl Proxy {
    /// A proxy before `host:port`.
    pub fn before(backend: &str, dice: &mut Dice) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (mode, modes) = watch::channel(Mode::Through);
        let cuts = Arc::<AtomicU64>::default();
        let guard = runtime.enter();
        let holder = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address = holder.local_addr().expect("an address");
        drop(guard);
        let listening = Listening { address, backend: backend.to_owned(), modes, cuts: cuts.clone() };
        runtime.spawn(listening.serve(another(dice)));
        Self { address, mode, cuts, _holder: holder, runtime: Some(runtime) }
    }

    /// From now on it does this.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// How many connections were cut in the middle of an answer.
    pub fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Chance of its own, for somebody who draws at his own time.
fn another(dice: &mut Dice) -> Dice {
    Dice::new(dice.roll(u64::MAX))
}

fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseport(true).expect("a port to share");
    socket.bind(address).expect("a port");
    socket
}

struct Listening {
    address: SocketAddr,
    backend: String,
    modes: watch::Receiver<Mode>,
    cuts: Arc<AtomicU64>,
}

impl Listening {
    async fn serve(mut self, mut dice: Dice) {
        loop {
            if *self.modes.borrow_and_update() != Mode::Stopped {
                let listener = socket(self.address).listen(1024).expect("a listener");
                self.accept(&listener, &mut dice).await;
            } else if self.modes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Until nobody is to listen any more.
    async fn accept(&mut self, listener: &TcpListener, dice: &mut Dice) {
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((client, _)) = accepted else { continue };
                    let link = Link { modes: self.modes.clone(), cuts: self.cuts.clone() };
                    tokio::spawn(link.run(client, self.backend.clone(), another(dice)));
                }
                changed = self.modes.changed() => {
                    if changed.is_err() || *self.modes.borrow() == Mode::Stopped {
                        return;
                    }
                }
            }
        }
    }
}

struct Link {
    modes: watch::Receiver<Mode>,
    cuts: Arc<AtomicU64>,
}

impl Link {
    async fn run(mut self, client: TcpStream, backend: String, dice: Dice) {
        if !still(&mut self.modes).await {
            return;
        }
        let Ok(server) = TcpStream::connect(&backend).await else { return };
        // A proxy that waits for more would be slower than any network.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let questions = carry(from_client, to_server, self.modes.clone(), None);
        let answers = carry(from_server, to_client, self.modes, Some((self.cuts, dice)));
        // Where either side ends, or is cut off, both do.
        tokio::select! {
            () = questions => {}
            () = answers => {}
        }
    }
}

/// Waits while nothing is to arrive; `false` where the connection is to be cut off.
async fn still(modes: &mut watch::Receiver<Mode>) -> bool {
    match modes.wait_for(|mode| *mode != Mode::Stalled).await {
        Ok(mode) => *mode != Mode::Stopped,
        Err(_) => false,
    }
}

/// Carries bytes until the end of either side, or until the connection is to be cut off.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut modes: watch::Receiver<Mode>,
    mut answers: Option<(Arc<AtomicU64>, Dice)>,
) {
    let mut buffer = vec![0; 16 * 1024];
    let mut left: Option<u64> = None;
    loop {
        if !still(&mut modes).await {
            return;
        }
        let mode = *modes.borrow_and_update();
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            changed = modes.changed() => {
                if changed.is_err() { return }
                continue;
            }
        };
        let Ok(length @ 1..) = read else { return };
        // What was read as the mode changed waits as well.
        if !still(&mut modes).await {
            return;
        }
        let mut allowed = length;
        if let (Mode::Cut(most), Some((_, dice))) = (mode, &mut answers) {
            let rest = left.get_or_insert_with(|| dice.roll(most));
            allowed = usize::try_from(*rest).unwrap_or(usize::MAX).min(length);
            *rest -= allowed as u64;
        } else {
            left = None;
        }
        if to.write_all(&buffer[..allowed]).await.is_err() {
            return;
        }
        if allowed < length {
            if let Some((cuts, _)) = &answers {
                cuts.fetch_add(1, Ordering::Relaxed);
            }
            return;
        }
    }
}
