use utoipa::openapi::OpenApi;

/// The description of all functions' routes.
pub(crate) fn openapi() -> OpenApi {
    api::document(
        auth_function::openapi()
            .merge_from(user_function::openapi())
            .merge_from(titles_function::openapi())
            .merge_from(walks_function::openapi())
            .merge_from(reviews_function::openapi())
            .merge_from(web_function::openapi()),
    )
}

/// The same as JSON, as `functions/web/openapi.json` holds it.
pub(crate) fn openapi_json() -> anyhow::Result<String> {
    Ok(openapi().to_pretty_json()?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_description_is_what_the_code_says() {
        let fresh = super::openapi_json().unwrap();
        assert!(
            fresh.trim() == web_function::OPENAPI.trim(),
            "run `cargo run -p local -- openapi > functions/web/openapi.json`"
        );
    }
}
