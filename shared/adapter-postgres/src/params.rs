use std::fmt::Debug;

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::types::{Json, ToSql, Type};
use uuid::Uuid;

/// A parameter of a statement: a value that says which type the statement has for it, so that the driver need not
/// ask the server (DB-4).
pub(crate) trait Param: Sync {
    /// The value with its type.
    fn typed(&self) -> (&(dyn ToSql + Sync), Type);
}

/// The parameters of a statement, in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$(&$value as &dyn $crate::params::Param),*] };
}
pub(crate) use params;

macro_rules! types {
    ($($rust:ty => $postgres:ident, $array:ident;)+) => {
        $(
            types!(@one $rust, $postgres);
            types!(@one Option<$rust>, $postgres);
            types!(@one Vec<$rust>, $array);
            types!(@one &Vec<$rust>, $array);
        )+
    };
    (@one $rust:ty, $postgres:ident) => {
        impl Param for $rust {
            fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
                (self, Type::$postgres)
            }
        }
    };
}

types! {
    bool => BOOL, BOOL_ARRAY;
    i16 => INT2, INT2_ARRAY;
    i64 => INT8, INT8_ARRAY;
    &str => TEXT, TEXT_ARRAY;
    String => TEXT, TEXT_ARRAY;
    Timestamp => TIMESTAMPTZ, TIMESTAMPTZ_ARRAY;
    Uuid => UUID, UUID_ARRAY;
    &[u8] => BYTEA, BYTEA_ARRAY;
}

impl<T: Serialize + Debug + Sync> Param for Json<T> {
    fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
        (self, Type::JSONB)
    }
}

impl<T: Serialize + Debug + Sync> Param for Option<Json<T>> {
    fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
        (self, Type::JSONB)
    }
}

impl<T: Serialize + Debug + Sync> Param for Vec<Option<Json<T>>> {
    fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
        (self, Type::JSONB_ARRAY)
    }
}
