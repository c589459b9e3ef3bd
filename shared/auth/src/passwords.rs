use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use api::{Error, Result};
use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, KeyId, Params, ParamsBuilder, Version};
use models::Password;
use ports::Clock;

use crate::Pepper;
use crate::threads::Threads;

/// OWASP's floor for Argon2id (PW-1): 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How many hashes may wait for a core (PW-2).
const QUEUE: usize = 32;

/// Where hashes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashingPlace {
    /// In the handler itself: a Lambda environment serves one request at a time.
    InPlace,
    /// On threads of their own, no more at once than this, so that logins can't starve the rest.
    Threads(usize),
}

/// What came of a password's check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// Wrong.
    Wrong,
    /// Right.
    Right,
    /// Right, and its hash is weaker than today's: make a new one.
    RightButOld,
}

/// Makes and checks password hashes: Argon2id with the pepper as its secret, as PHC strings with a key id.
pub struct Hasher {
    inner: Arc<Inner>,
    threads: Option<Threads<Inner>>,
    waiting: AtomicUsize,
}

struct Inner {
    secret: [u8; 32],
    params: Params,
    /// A hash of no password, for addresses without an account (ENUM-2).
    dummy: String,
    /// What hashes work in, kept from one to the next: taking 19 MiB from the kernel each time is a tenth of a hash.
    memory: Mutex<Vec<Vec<Block>>>,
}

impl Hasher {
    /// The hasher of a deployment.
    ///
    /// # Errors
    /// Where no thread can be started; the parameters are constant and valid.
    pub fn new(pepper: &Pepper, place: HashingPlace, clock: &dyn Clock) -> anyhow::Result<Self> {
        let params = ParamsBuilder::new()
            .m_cost(MEMORY_KIB)
            .t_cost(PASSES)
            .p_cost(LANES)
            .keyid(KeyId::new(&pepper.key_id()).context("a key id")?)
            .build()
            .context("Argon2's parameters")?;
        let dummy = dummy(&params, clock)?;
        let inner = Inner { secret: pepper.derive("passwords"), params, dummy, memory: Mutex::default() };
        let inner = Arc::new(inner);
        let threads = match place {
            HashingPlace::InPlace => None,
            HashingPlace::Threads(most) => Some(Threads::start(most.max(1), &inner)?),
        };
        Ok(Self { inner, threads, waiting: AtomicUsize::new(0) })
    }

    /// The PHC string of a password, with a fresh salt.
    ///
    /// # Errors
    /// `Busy` where too many wait for a hash.
    pub async fn hash(&self, password: &Password, clock: &Arc<dyn Clock>) -> Result<String> {
        let (password, clock, place) = (password.clone(), clock.clone(), self.place()?);
        self.run(place, move |inner| inner.hash(password.expose().as_bytes(), &*clock)).await
    }

    /// A place in the queue of hashes, for who has to know beforehand that there is one.
    ///
    /// # Errors
    /// `Busy` where too many wait for a hash.
    pub fn place(&self) -> Result<Place<'_>> {
        Place::take(&self.waiting)
    }

    /// Whether `phc` is a hash of the password. `None` stands for an account that is not there: the same work
    /// is done, and the answer is no.
    ///
    /// # Errors
    /// `Internal` where `phc` is no hash of ours.
    pub async fn verify(&self, place: Place<'_>, password: &Password, phc: Option<&str>) -> Result<Verified> {
        let password = password.clone();
        let phc = phc.map(str::to_owned);
        self.run(place, move |inner| match phc {
            Some(phc) => inner.verify(password.expose(), &phc),
            None => inner.verify(password.expose(), &inner.dummy).map(|_| Verified::Wrong),
        })
        .await
    }

    /// Gives the place back when the work is done.
    async fn run<T: Send + 'static>(
        &self,
        _place: Place<'_>,
        work: impl FnOnce(&Inner) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(threads) = &self.threads else {
            return Ok(work(&self.inner)?);
        };
        Ok(threads.run(work).await??)
    }
}

/// What looks like a hash: to draw it takes no time at the start, as a real one would, and to check against it takes
/// as long as against any.
fn dummy(params: &Params, clock: &dyn Clock) -> anyhow::Result<String> {
    let (mut salt, mut digest) = ([0; 16], [0; Params::DEFAULT_OUTPUT_LEN]);
    clock.fill(&mut salt);
    clock.fill(&mut digest);
    phc(params, &salt, Output::new(&digest).context("a digest")?)
}

fn phc(params: &Params, salt: &[u8], digest: Output) -> anyhow::Result<String> {
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params.try_into().context("parameters")?,
        salt: Some(Salt::new(salt).context("a salt")?),
        hash: Some(digest),
    };
    Ok(phc.to_string())
}

/// A place in the queue, given back when dropped.
#[must_use]
pub struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Self> {
        if waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::Busy);
        }
        Ok(Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Inner {
    fn hash(&self, password: &[u8], clock: &dyn Clock) -> anyhow::Result<String> {
        let mut salt = [0; 16];
        clock.fill(&mut salt);
        phc(&self.params, &salt, self.digest(password, &salt, &self.params)?)
    }

    fn verify(&self, password: &str, phc: &str) -> anyhow::Result<Verified> {
        let stored = PasswordHash::new(phc).ok().context("a stored hash is no PHC string")?;
        let params = Params::try_from(&stored).ok().context("a stored hash has unknown parameters")?;
        anyhow::ensure!(params.keyid() == self.params.keyid(), "a stored hash was made with another pepper");
        let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
            anyhow::bail!("a stored hash has no salt or no digest");
        };
        let ours = (Algorithm::Argon2id.ident(), Some(Version::V0x13.into()));
        anyhow::ensure!(
            (stored.algorithm, stored.version) == ours,
            "a stored hash is no Argon2id of version 19"
        );
        // In constant time, as digests are compared.
        if self.digest(password.as_bytes(), &salt, &params)? != expected {
            Ok(Verified::Wrong)
        } else if self.is_old(&params) {
            Ok(Verified::RightButOld)
        } else {
            Ok(Verified::Right)
        }
    }

    fn digest(&self, password: &[u8], salt: &[u8], params: &Params) -> anyhow::Result<Output> {
        let argon2 =
            Argon2::new_with_secret(&self.secret, Algorithm::Argon2id, Version::V0x13, params.clone())
                .context("Argon2's secret")?;
        let mut digest = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let digest = digest.get_mut(..length).context("a digest that is too long")?;
        let mut memory = self.memory().pop().unwrap_or_default();
        memory.resize(params.block_count(), Block::default());
        let hashed = argon2.hash_password_into_with_memory(password, salt, digest, &mut memory);
        self.memory().push(memory);
        hashed.context("hashing")?;
        Output::new(digest).context("a digest")
    }

    /// Whole whatever panicked: nothing of it is read before it is written.
    fn memory(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_old(&self, params: &Params) -> bool {
        params.m_cost() < self.params.m_cost() || params.t_cost() < self.params.t_cost()
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

    use super::*;
    use crate::tests_support::{TestClock, pepper};

    fn password(text: &str) -> Password {
        Password::try_from(text.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_with_the_pepper_and_its_key_id() {
        let clock: Arc<dyn Clock> = Arc::new(TestClock);
        let hasher = Hasher::new(&pepper(), HashingPlace::Threads(2), &*clock).unwrap();
        let phc = hasher.hash(&password("верная лошадь"), &clock).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1,keyid="), "{phc}");
        assert_eq!(
            hasher.verify(hasher.place().unwrap(), &password("верная лошадь"), Some(&phc)).await.unwrap(),
            Verified::Right
        );
        assert_eq!(
            hasher.verify(hasher.place().unwrap(), &password("неверная лошадь"), Some(&phc)).await.unwrap(),
            Verified::Wrong
        );
        assert_eq!(
            hasher.verify(hasher.place().unwrap(), &password("верная лошадь"), None).await.unwrap(),
            Verified::Wrong
        );

        let other = Pepper::from_base64("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap();
        let other = Hasher::new(&other, HashingPlace::InPlace, &*clock).unwrap();
        assert!(other.verify(other.place().unwrap(), &password("верная лошадь"), Some(&phc)).await.is_err());
    }

    #[tokio::test]
    async fn what_stands_for_an_absent_account_looks_as_a_hash_and_is_another_each_time() {
        let clock: Arc<dyn Clock> = Arc::new(TestClock);
        let hasher = Hasher::new(&pepper(), HashingPlace::InPlace, &*clock).unwrap();
        let real = hasher.hash(&password("верная лошадь"), &clock).await.unwrap();
        let nobody = &hasher.inner.dummy;
        let shape = |phc: &str| {
            let parsed = PasswordHash::new(phc).unwrap();
            let params = Params::try_from(&parsed).unwrap();
            (params, parsed.salt.map(|salt| salt.len()), parsed.hash.map(|hash| hash.len()))
        };
        assert_eq!(shape(nobody), shape(&real));
        let other = Hasher::new(&pepper(), HashingPlace::InPlace, &*clock).unwrap();
        assert_ne!(*nobody, other.inner.dummy);
    }

    #[tokio::test]
    async fn a_hash_is_what_the_library_makes_also_in_memory_that_another_was_made_in() {
        let clock: Arc<dyn Clock> = Arc::new(TestClock);
        let hasher = Hasher::new(&pepper(), HashingPlace::InPlace, &*clock).unwrap();
        let secret = pepper().derive("passwords");
        let library = Argon2::new_with_secret(
            &secret,
            Algorithm::Argon2id,
            Version::V0x13,
            hasher.inner.params.clone(),
        );
        for text in ["верная лошадь", "another password"] {
            let phc = hasher.hash(&password(text), &clock).await.unwrap();
            let verified = library.as_ref().unwrap().verify_password(text.as_bytes(), phc.as_str());
            assert_eq!(verified, Ok(()), "{text}");
        }
        assert_eq!(hasher.inner.memory().len(), 1);
    }

    #[tokio::test]
    async fn a_hash_of_lower_parameters_is_right_but_old() {
        let clock = TestClock;
        let hasher = Hasher::new(&pepper(), HashingPlace::InPlace, &clock).unwrap();
        let key_id = KeyId::new(&pepper().key_id()).unwrap();
        let low = ParamsBuilder::new().m_cost(64).t_cost(1).p_cost(1).keyid(key_id).build().unwrap();
        let secret = pepper().derive("passwords");
        let argon2 = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, low).unwrap();
        let phc = argon2.hash_password_with_salt(b"secret password", &[7; 16]).unwrap().to_string();
        assert_eq!(
            hasher.verify(hasher.place().unwrap(), &password("secret password"), Some(&phc)).await.unwrap(),
            Verified::RightButOld
        );
    }
}
