use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use models::{Email, Language};
use ports::{Backend, Letter, Mail, Result, Unavailable};

/// A letter that was handed to the mail service.
#[derive(Clone)]
pub struct Sent {
    pub to: String,
    pub letter: Letter,
    pub language: Language,
}

impl Sent {
    /// The letter's kind in a word, and the code in it, if it has one.
    pub fn kind(&self) -> &'static str {
        match &self.letter {
            Letter::RegistrationCode { .. } => "registration_code",
            Letter::EmailChangeCode { .. } => "email_change_code",
            Letter::RestoreCode { .. } => "restore_code",
            Letter::AlreadyRegistered => "already_registered",
            Letter::NoAccount => "no_account",
            Letter::AddressTaken => "address_taken",
            Letter::PasswordChanged { .. } => "password_changed",
            Letter::PasswordRestored { .. } => "password_restored",
            Letter::EmailChanged { .. } => "email_changed",
            Letter::SessionReuse { .. } => "session_reuse",
        }
    }

    /// The code in it.
    pub fn code(&self) -> &str {
        match &self.letter {
            Letter::RegistrationCode { code }
            | Letter::EmailChangeCode { code }
            | Letter::RestoreCode { code } => code,
            _ => panic!("a letter of kind {} has no code", self.kind()),
        }
    }
}

/// The one fake port: it records what would be mailed, and fails when told to.
#[derive(Default)]
pub struct Letters {
    sent: Mutex<Vec<Sent>>,
    broken: AtomicBool,
}

impl Letters {
    /// Everything sent so far, oldest first.
    pub fn all(&self) -> Vec<Sent> {
        self.sent.lock().expect("no test panics while mailing").clone()
    }

    /// How many were sent.
    pub fn count(&self) -> usize {
        self.all().len()
    }

    /// The newest one.
    pub fn last(&self) -> Sent {
        self.all().pop().expect("a letter was sent")
    }

    /// The kinds of all letters, oldest first.
    pub fn kinds(&self) -> Vec<&'static str> {
        self.all().iter().map(Sent::kind).collect()
    }

    /// From now on the mail service does not answer, or does again.
    pub fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }
}

#[async_trait]
impl Mail for Letters {
    async fn send(&self, to: &Email, letter: Letter, language: Language) -> Result<()> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Unavailable::new(Backend::Mail, "told to fail").into());
        }
        let sent = Sent { to: to.deliverable(), letter, language };
        self.sent.lock().expect("no test panics while mailing").push(sent);
        Ok(())
    }
}
