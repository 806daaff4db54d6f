//! The service: axum with jsonwebtoken. It has no database, so W2, W4 and W5 are missing, and the
//! chain of W6 refuses every session.

use std::sync::Arc;

use aws_lc_rs::{constant_time, digest};
use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use crate::order::{Order, User, items};

const UNAUTHENTICATED: &str = r#"{"detail":[{"msg":"Not authenticated","type":"security"}]}"#;
const INVALID: &str = r#"{"detail":[{"msg":"Validation failed","type":"value_error"}]}"#;
const BEARER: &str = "Bearer";
const CHAIN: &str = r#"Basic realm="api", charset="UTF-8", Bearer"#;

/// What credentials.json says.
#[derive(Deserialize)]
pub struct Credentials {
    secret: String,
    issuer: String,
    audience: String,
    basic_user: String,
    basic_password: String,
}

pub struct Service {
    key: DecodingKey,
    validation: Validation,
    basic_user: String,
    basic_password: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    iat: u64,
    jti: String,
    r#type: String,
    username: String,
}

impl Service {
    pub fn new(c: Credentials) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.validate_nbf = true;
        validation.set_issuer(&[c.issuer]);
        validation.set_audience(&[c.audience]);
        validation.set_required_spec_claims(&["exp", "sub", "iss", "aud", "nbf"]);
        Service {
            key: DecodingKey::from_secret(c.secret.as_bytes()),
            validation,
            basic_user: c.basic_user,
            basic_password: c.basic_password,
        }
    }

    fn jwt(&self, header: &str) -> Option<User> {
        let token = header.strip_prefix("Bearer ")?;
        let claims = decode::<Claims>(token, &self.key, &self.validation).ok()?.claims;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
        if claims.r#type != "access" || claims.jti.is_empty() || claims.iat > now {
            return None;
        }
        Some(User { id: claims.sub.parse().ok()?, username: claims.username })
    }

    fn basic(&self, header: &str) -> Option<User> {
        let raw = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
        let (user, password) = std::str::from_utf8(&raw).ok()?.split_once(':')?;
        let want = digest::digest(&digest::SHA256, self.basic_password.as_bytes());
        let got = digest::digest(&digest::SHA256, password.as_bytes());
        constant_time::verify_slices_are_equal(want.as_ref(), got.as_ref()).ok()?;
        (user == self.basic_user).then(|| User { id: 1, username: user.to_owned() })
    }
}

fn authorization(headers: &HeaderMap) -> &str {
    headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// A refusal, with its challenge.
struct Denied(&'static str);

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::WWW_AUTHENTICATE, self.0)];
        (StatusCode::UNAUTHORIZED, headers, UNAUTHENTICATED).into_response()
    }
}

struct Jwt(User);

impl FromRequestParts<Arc<Service>> for Jwt {
    type Rejection = Denied;
    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Denied> {
        service.jwt(authorization(&parts.headers)).map(Jwt).ok_or(Denied(BEARER))
    }
}

struct Basic(User);

impl FromRequestParts<Arc<Service>> for Basic {
    type Rejection = Denied;
    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Denied> {
        service.basic(authorization(&parts.headers)).map(Basic).ok_or(Denied(CHAIN))
    }
}

struct Chain(User);

impl FromRequestParts<Arc<Service>> for Chain {
    type Rejection = Denied;
    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Denied> {
        let header = authorization(&parts.headers);
        if header.starts_with("Basic ") {
            return service.basic(header).map(Chain).ok_or(Denied(CHAIN));
        }
        if parts.headers.contains_key(header::COOKIE) {
            return Err(Denied(CHAIN));
        }
        service.jwt(header).map(Chain).ok_or(Denied(CHAIN))
    }
}

async fn echo(_: Jwt, body: Bytes) -> Response {
    match serde_json::from_slice::<Order>(&body) {
        Ok(order) if order.valid() => (StatusCode::CREATED, Json(order)).into_response(),
        _ => (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], INVALID).into_response(),
    }
}

async fn problem() -> Response {
    let body = serde_json::json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": "No such order"});
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

pub fn router(service: Service) -> Router {
    let mut router = Router::new()
        .route("/w0", get(|| async { Json(User { id: 1, username: "alice".into() }) }))
        .route("/w1", get(|Jwt(user): Jwt| async { Json(user) }))
        .route("/w3", get(|Basic(user): Basic| async { Json(user) }))
        .route("/w6", get(|Chain(user): Chain| async { Json(user) }))
        .route("/w8", post(echo))
        .route("/problem", get(problem));
    for n in [10, 100, 1000, 10_000] {
        let list = Arc::new(items(n));
        let handler = move |_: State<Arc<Service>>| {
            let list = list.clone();
            async move { Json(&*list).into_response() }
        };
        router = router.route(&format!("/list/{n}"), get(handler));
    }
    router.with_state(Arc::new(service))
}
