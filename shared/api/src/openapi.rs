use std::collections::BTreeMap;

use http::Method;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::info::{ContactBuilder, InfoBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::ArrayItems;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
    Response, Schema, Type,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::Problem;

/// The name of the security scheme; operations name it with `security(("token" = []))`.
const TOKEN: &str = "token";

/// The description of a set of routes: `operations` with the API's name, its errors and its security.
///
/// What every operation may answer (a bad token, a limit, a backend that is down…) is added here, in one place,
/// by what the operation has: security, a body, parameters.
#[must_use]
pub fn document(operations: OpenApi) -> OpenApi {
    let mut components = ComponentsBuilder::new().security_scheme(
        TOKEN,
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build()),
    );
    let mut nested = Vec::new();
    Problem::schemas(&mut nested);
    for (name, schema) in nested {
        components = components.schema(name, schema);
    }
    let common = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Prohod")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Keeps track of the games people finished and the films, series and anime they watched.",
                ))
                .contact(Some(ContactBuilder::new().name(Some("Prohod")).build()))
                .build(),
        )
        .components(Some(components.schema("Problem", Problem::schema()).build()))
        .build();
    let mut document = common.merge_from(operations);
    if let Some(components) = &mut document.components {
        name_the_known(&mut components.schemas);
    }
    for item in document.paths.paths.values_mut() {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::POST, &mut item.post),
            (Method::PUT, &mut item.put),
            (Method::PATCH, &mut item.patch),
            (Method::DELETE, &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete(operation, &method);
            }
        }
    }
    document
}

/// Puts a reference wherever a schema stands written out that has a name: what a page of titles holds is `Title`.
fn name_the_known(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let objects = schemas.iter().filter(|(_, schema)| !is_leaf(schema));
    let known: Vec<_> = objects.map(|(name, schema)| (name.clone(), schema.clone())).collect();
    for schema in schemas.values_mut() {
        within(schema, &mut |inner| name_it(inner, &known));
    }
}

fn name_it(schema: &mut RefOr<Schema>, known: &[(String, RefOr<Schema>)]) {
    match known.iter().find(|(_, other)| other == schema) {
        Some((name, _)) => *schema = Ref::from_schema_name(name).into(),
        None => within(schema, &mut |inner| name_it(inner, known)),
    }
}

/// Hands over every schema that stands directly in this one.
fn within(schema: &mut RefOr<Schema>, each: &mut dyn FnMut(&mut RefOr<Schema>)) {
    match schema {
        RefOr::T(Schema::Array(array)) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                each(items);
            }
        }
        RefOr::T(Schema::Object(object)) => object.properties.values_mut().for_each(each),
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(each),
        RefOr::T(Schema::OneOf(one)) => one.items.iter_mut().for_each(each),
        RefOr::T(Schema::AnyOf(any)) => any.items.iter_mut().for_each(each),
        _ => {}
    }
}

/// Whether it is no object: equal strings may well mean different things.
fn is_leaf(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => object.properties.is_empty(),
        RefOr::T(Schema::AllOf(_)) => false,
        _ => true,
    }
}

fn complete(operation: &mut Operation, method: &Method) {
    let mut refuse = |status: &str, codes: &str| {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(refused(codes)));
    };
    refuse(
        "400",
        match &operation.request_body {
            Some(RefOr::T(body)) if !body.content.contains_key("application/json") => "unknown_parameter",
            Some(_) => "malformed_json, unknown_parameter",
            None => "unknown_parameter, invalid_parameter, invalid_cursor",
        },
    );
    refuse("429", "too_many_requests");
    refuse("500", "internal");
    refuse("503", "unavailable");
    if operation.security.is_some() {
        refuse("401", "token_missing, token_invalid, token_expired");
    }
    if operation.request_body.is_some() && *method != Method::GET {
        refuse("413", "too_large");
        refuse("415", "unsupported_media_type");
        refuse("422", "validation");
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.required = Some(Required::True);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.headers.entry("X-Request-Id".to_owned()).or_insert_with(|| {
                let schema = ObjectBuilder::new().schema_type(Type::String).build();
                let description = Some("The request's id, for who writes to us.");
                HeaderBuilder::new().schema(Some(schema)).description(description).build().into()
            });
        }
    }
}

/// A response that is a problem with one of `codes`.
#[must_use]
pub fn refused(codes: &str) -> Response {
    ResponseBuilder::new()
        .description(codes)
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build(),
        )
        .build()
}
