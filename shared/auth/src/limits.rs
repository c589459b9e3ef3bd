use ports::{Backoff, Window};

/// How often who may do what (CODE-4, BF-1, BF-2). All of it is configuration; the defaults are production's.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Mails with a code to one address for one purpose.
    pub address_mails: Vec<Window>,
    /// Mails with a code asked for from one IP.
    pub ip_code_mails: Window,
    /// Failed sign-ins at one account.
    pub account: Backoff,
    /// Failed sign-ins from one IP.
    pub ip_failed_logins: Window,
    /// Sign-ins from one IP, right or wrong.
    pub ip_logins: Window,
    /// Tries of codes from one IP.
    pub ip_code_checks: Window,
    /// Registrations from one IP.
    pub ip_registrations: Window,
    /// Refreshes from one IP.
    pub ip_refreshes: Window,
    /// Writes of one person.
    pub user_writes: Window,
    /// Uploads of one person.
    pub user_uploads: Window,
    /// Deletions of titles by one person.
    pub user_title_deletions: Window,
}

const fn window(count: u32, seconds: u32) -> Window {
    Window { count, seconds }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            address_mails: vec![window(1, 60), window(3, 3600), window(8, 86_400)],
            ip_code_mails: window(20, 3600),
            account: Backoff {
                free: window(5, 300),
                first_seconds: 30,
                most_seconds: 900,
                known_seconds: 30 * 86_400,
            },
            ip_failed_logins: window(10, 60),
            ip_logins: window(30, 60),
            ip_code_checks: window(30, 300),
            ip_registrations: window(5, 3600),
            ip_refreshes: window(150, 300),
            user_writes: window(60, 60),
            user_uploads: window(10, 3600),
            user_title_deletions: window(10, 3600),
        }
    }
}
