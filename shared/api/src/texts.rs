use models::{Format, Language, Refusal};
use ports::Conflict;

use crate::error::Weakness;
use crate::{Error, FaultKind};

/// What people read of errors, in their language.
#[derive(Debug, Clone, Copy)]
pub struct Texts(pub Language);

impl Texts {
    fn pick(self, en: &'static str, ru: &'static str) -> &'static str {
        match self.0 {
            Language::En => en,
            Language::Ru => ru,
        }
    }

    /// The short text that goes with a code, the same for each occurrence.
    #[must_use]
    pub fn title(self, error: &Error) -> &'static str {
        match error {
            Error::MalformedJson => self.pick("Body is not valid JSON", "Тело запроса — не JSON"),
            Error::UnknownParameter(_) => {
                self.pick("Unknown query parameter", "Неизвестный параметр запроса")
            }
            Error::InvalidParameter(_) => {
                self.pick("Query parameter is not valid", "Неверный параметр запроса")
            }
            Error::InvalidCursor => self.pick("Cursor is not valid", "Неверный курсор"),
            Error::TokenMissing => self.pick("Sign in first", "Нужно войти"),
            Error::TokenInvalid => self.pick("Access token is not valid", "Недействительный токен доступа"),
            Error::TokenExpired => self.pick("Access token has expired", "Срок токена доступа истёк"),
            Error::InvalidCredentials => self.pick("Wrong e-mail or password", "Неверная почта или пароль"),
            Error::RefreshInvalid => self.pick("Session has ended", "Сеанс завершён"),
            Error::Forbidden => self.pick("Not yours to change", "Чужое менять нельзя"),
            Error::NotFound => self.pick("Not found", "Не найдено"),
            Error::MethodNotAllowed => self.pick("Method not allowed", "Метод не поддерживается"),
            Error::Conflict(conflict) => self.conflict(*conflict),
            Error::TooLarge => self.pick("Body is too large", "Слишком большое тело запроса"),
            Error::UnsupportedMediaType => self.pick("Unsupported media type", "Неподдерживаемый тип данных"),
            Error::Validation(_) => self.pick("Request is not valid", "Запрос заполнен с ошибками"),
            Error::NothingToChange => self.pick("Nothing to change", "Нечего менять"),
            Error::WrongPassword => self.pick("Wrong password", "Неверный пароль"),
            Error::InvalidCode => self.pick("Code is not valid", "Код не подходит"),
            Error::WeakPassword(_) => self.pick("Password is too weak", "Слишком слабый пароль"),
            Error::UnreadableImage => self.pick("Picture can't be read", "Не удалось прочитать картинку"),
            Error::TooManyRequests(_) => self.pick("Too many requests", "Слишком много запросов"),
            Error::Internal(_) => self.pick("Internal error", "Внутренняя ошибка"),
            Error::Unavailable(_) | Error::Unhealthy(_) | Error::Busy => {
                self.pick("Temporarily unavailable", "Временно недоступно")
            }
        }
    }

    fn conflict(self, conflict: Conflict) -> &'static str {
        match conflict {
            Conflict::EmailTaken => self.pick("E-mail address is taken", "Эта почта уже занята"),
            Conflict::UsernameTaken => self.pick("Username is taken", "Это имя уже занято"),
            Conflict::TitleExists(_) => self.pick("Already in the catalogue", "Такая запись уже есть"),
            Conflict::WalkExists(_) => self.pick("You have tracked this title", "У вас уже есть отметка"),
            Conflict::ReviewExists(_) => self.pick("You have reviewed this title", "У вас уже есть отзыв"),
            Conflict::TitleInUse => self.pick("It can't be deleted", "Удалить нельзя"),
        }
    }

    /// What is to be said of this very occurrence, and what to do.
    #[must_use]
    pub fn detail(self, error: &Error) -> String {
        match error {
            Error::MalformedJson => self.pick(
                "Send one JSON object: no duplicate keys, no nesting over 64, nothing after it.",
                "Пришлите один объект JSON: без повторов ключей, без вложенности больше 64 и без лишнего после него.",
            ),
            Error::UnknownParameter(name) => return self.unknown_parameter(name),
            Error::InvalidParameter(name) => {
                return format!(
                    "{} `{name}`.",
                    self.pick("Missing, repeated or not a possible value:", "Не указан, повторён или недопустим параметр")
                );
            }
            Error::InvalidCursor => self.pick(
                "Use `next_cursor` of the page before, with the same filter and sort.",
                "Возьмите `next_cursor` предыдущей страницы с теми же фильтром и сортировкой.",
            ),
            Error::TokenMissing => self.pick(
                "This needs `Authorization: Bearer <access token>`.",
                "Нужен заголовок `Authorization: Bearer <токен доступа>`.",
            ),
            Error::TokenInvalid => self.pick(
                "The token is not ours, or its session has ended. Sign in again.",
                "Токен выдан не нами, или его сеанс завершён. Войдите заново.",
            ),
            Error::TokenExpired => self.pick("Refresh the token pair.", "Обновите пару токенов."),
            Error::InvalidCredentials => self.pick(
                "Check the e-mail address and the password, and try again.",
                "Проверьте почту и пароль и попробуйте ещё раз.",
            ),
            Error::RefreshInvalid => self.pick("Sign in again.", "Войдите заново."),
            Error::Forbidden => self.pick("The record belongs to somebody else.", "Эта запись принадлежит другому человеку."),
            Error::NotFound => self.pick("There is nothing at this address.", "По этому адресу ничего нет."),
            Error::MethodNotAllowed => self.pick("See the `Allow` header.", "Допустимые методы — в заголовке `Allow`."),
            Error::Conflict(conflict) => self.conflict_detail(*conflict),
            Error::TooLarge => self.pick(
                "JSON may have up to 128 KiB, a picture up to 4 MiB.",
                "JSON — не больше 128 КиБ, картинка — не больше 4 МиБ.",
            ),
            Error::UnsupportedMediaType => self.pick(
                "Send `application/json`, or a picture as image/png, image/jpeg, image/webp or image/gif.",
                "Пришлите `application/json` или картинку: image/png, image/jpeg, image/webp, image/gif.",
            ),
            Error::Validation(faults) => return self.faults(faults),
            Error::NothingToChange => self.pick("Name at least one field to change.", "Укажите хотя бы одно поле, которое надо изменить."),
            Error::WrongPassword => self.pick("Check the password and try again.", "Проверьте пароль и попробуйте ещё раз."),
            Error::InvalidCode => self.pick(
                "The code is wrong, used or expired. Ask for a new one.",
                "Код неверен, уже использован или устарел. Запросите новый.",
            ),
            Error::WeakPassword(weakness) => return self.weakness(*weakness),
            Error::UnreadableImage => self.pick(
                "Send a whole JPEG, PNG, WebP or GIF with sides of up to 4096 pixels.",
                "Пришлите целый файл JPEG, PNG, WebP или GIF со сторонами до 4096 пикселей.",
            ),
            Error::TooManyRequests(seconds) => {
                return format!("{} {seconds} {}.", self.pick("Try again in", "Повторите через"), self.pick("s", "с"));
            }
            Error::Internal(_) => self.pick(
                "We have been told of it. Give the request id if you write to us.",
                "Мы уже знаем об этом. Если будете писать нам, укажите номер запроса.",
            ),
            Error::Unavailable(_) | Error::Unhealthy(_) | Error::Busy => self.pick("Try again in a moment.", "Повторите чуть позже."),
        }
        .to_owned()
    }

    fn unknown_parameter(self, name: &str) -> String {
        let name: String = name.chars().filter(|c| !c.is_control()).take(50).collect();
        format!("{} `{name}`.", self.pick("There is no parameter", "Нет параметра"))
    }

    fn conflict_detail(self, conflict: Conflict) -> &'static str {
        match conflict {
            Conflict::EmailTaken => {
                self.pick("Sign in, or restore the password.", "Войдите или восстановите пароль.")
            }
            Conflict::UsernameTaken => self.pick(
                "Choose another name; one that looks the same is taken too.",
                "Выберите другое имя: похожие на вид имена считаются занятыми.",
            ),
            Conflict::TitleExists(_) => self.pick(
                "There is already a title with this type, name and year.",
                "Запись с таким типом, названием и годом уже есть в каталоге.",
            ),
            Conflict::WalkExists(_) | Conflict::ReviewExists(_) => self.pick(
                "Reload the page and edit the one you have.",
                "Обновите страницу и измените то, что уже есть.",
            ),
            Conflict::TitleInUse => self.pick(
                "Somebody else has reviewed or tracked it.",
                "Здесь есть отзыв или отметка другого человека.",
            ),
        }
    }

    fn weakness(self, weakness: Weakness) -> String {
        match weakness {
            Weakness::Common => self.pick(
                "It is among the passwords that are tried first. Choose another.",
                "Этот пароль — из тех, что подбирают первыми. Придумайте другой.",
            ),
            Weakness::Personal => self.pick(
                "It is mostly your e-mail, your name or ours. Choose another.",
                "Он почти целиком состоит из вашей почты, вашего имени или нашего названия. Придумайте другой.",
            ),
            Weakness::Guessable => self.pick(
                "It is easy to guess. A few unrelated words make a good one.",
                "Его легко угадать. Хороший пароль — несколько не связанных между собой слов.",
            ),
            Weakness::Same => self.pick("It is the current one. Choose another.", "Это текущий пароль. Придумайте другой."),
            Weakness::TooShort(min) => {
                return match self.0 {
                    Language::En => format!("At least {min} characters are needed."),
                    Language::Ru => format!("Нужно не меньше {min} {}.", of_characters(min)),
                };
            }
        }
        .to_owned()
    }

    fn faults(self, faults: &crate::Faults) -> String {
        let all: Vec<String> = faults
            .iter()
            .map(|fault| {
                let name = fault.pointer.trim_start_matches('/');
                let name = if name.is_empty() { self.pick("body", "тело") } else { name };
                let name: String = name.chars().filter(|c| !c.is_control()).take(50).collect();
                format!("{name} {}{}", self.pick("", "— "), self.fault(fault.kind))
            })
            .take(10)
            .collect();
        all.join("; ")
    }

    /// What is wrong with one field, to stand at it or after its name: `must be from 0 to 100`.
    #[must_use]
    pub fn fault(self, kind: FaultKind) -> String {
        match kind {
            FaultKind::Required => self.pick("is required", "обязательное поле").to_owned(),
            FaultKind::InvalidType => self.pick("is of another JSON type", "другой тип JSON").to_owned(),
            FaultKind::UnknownField => self.pick("is unknown here", "неизвестное поле").to_owned(),
            FaultKind::Refused(refusal) => self.refusal(refusal),
        }
    }

    fn refusal(self, refusal: Refusal) -> String {
        match refusal {
            Refusal::TooShort { min } => match self.0 {
                Language::En if min == 1 => "must not be empty".to_owned(),
                Language::En => format!("must have at least {min} characters"),
                Language::Ru if min == 1 => "не должно быть пустым".to_owned(),
                Language::Ru => format!("не короче {min} {}", of_characters(min)),
            },
            Refusal::TooLong { max } => match self.0 {
                Language::En => format!("must be no longer than {max}"),
                Language::Ru => format!("не длиннее {max}"),
            },
            Refusal::OutOfRange { min, max } => match self.0 {
                Language::En => format!("must be from {min} to {max}"),
                Language::Ru => format!("от {min} до {max}"),
            },
            Refusal::NotOneOf(words) => {
                format!("{} {}", self.pick("must be one of", "одно из:"), words.join(", "))
            }
            Refusal::InvalidFormat(format) => self.format(format).to_owned(),
            Refusal::ForbiddenCharacter => {
                self.pick("has a character that is not allowed", "есть недопустимый символ").to_owned()
            }
        }
    }

    fn format(self, format: Format) -> &'static str {
        match format {
            Format::Id => self.pick("must be a UUID in lower case", "нужен UUID строчными буквами"),
            Format::Email => self.pick("must be an e-mail address", "нужен адрес электронной почты"),
            Format::OneScript => {
                self.pick("must have letters of one script", "буквы должны быть одного алфавита")
            }
            Format::NotReserved => self.pick("is reserved", "это имя зарезервировано"),
            Format::Username => {
                self.pick("must have a letter or a digit", "нужна хотя бы одна буква или цифра")
            }
            Format::HttpsUrl => self.pick("must be an https address", "нужен адрес, начинающийся с https://"),
        }
    }
}

/// The word that goes with a number after "not less than": 1 символа, 8 символов, 21 символа.
const fn of_characters(number: usize) -> &'static str {
    if number % 10 == 1 && number % 100 != 11 { "символа" } else { "символов" }
}
