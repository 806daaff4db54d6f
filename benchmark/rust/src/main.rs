//! The peer in Rust.
//!
//!     axum-peer credentials.json serve 127.0.0.1:9000
//!     axum-peer credentials.json measure
//!
//! `measure` reads requests from its standard input, a JSON object on each line, and sends them to
//! the router without a network. It answers each line with one: the reply, or the CPU time that a
//! number of calls took.

mod order;
mod service;

use std::collections::HashMap;
use std::hint::black_box;
use std::io::{BufRead, Write};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use tower::Service;

#[derive(Deserialize)]
struct Line {
    method: String,
    path: String,
    header: HashMap<String, String>,
    body: String,
    /// How often to call. Zero: once, and the reply is wanted.
    times: usize,
}

#[derive(Serialize, Default)]
struct Answer {
    status: u16,
    body: String,
    nanoseconds: u64,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).expect("credentials.json");
    let router = service::router(service::Service::new(serde_json::from_str(&text).expect("credentials.json")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    match args[2].as_str() {
        "serve" => runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind(&args[3]).await.expect("a free address");
            axum::serve(listener, router).await.expect("a listener that works");
        }),
        "measure" => measure(&runtime, router),
        other => panic!("there is no command {other}"),
    }
}

fn measure(runtime: &tokio::runtime::Runtime, mut router: Router) {
    for line in std::io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line.expect("a line")).expect("a request");
        let answer = if line.times == 0 { call(runtime, &mut router, &line) } else { run(runtime, &mut router, &line) };
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &answer).expect("a reader");
        out.write_all(b"\n").expect("a reader");
        out.flush().expect("a reader");
    }
}

fn request(line: &Line) -> Request<Body> {
    let mut request = Request::builder().method(line.method.as_str()).uri(&line.path);
    for (name, value) in &line.header {
        request = request.header(name, value);
    }
    request.body(Body::from(line.body.clone())).expect("a request")
}

fn call(runtime: &tokio::runtime::Runtime, router: &mut Router, line: &Line) -> Answer {
    runtime.block_on(async {
        let reply = router.call(request(line)).await.expect("a router does not fail");
        let status = reply.status().as_u16();
        let body = reply.into_body().collect().await.expect("a body").to_bytes();
        Answer { status, body: String::from_utf8_lossy(&body).into_owned(), ..Answer::default() }
    })
}

/// Calls the router with requests that were made before the clock starts, as a server gets them.
fn run(runtime: &tokio::runtime::Runtime, router: &mut Router, line: &Line) -> Answer {
    const AT_ONCE: usize = 1000;
    let mut nanoseconds = 0;
    let mut left = line.times;
    while left > 0 {
        let requests: Vec<_> = (0..left.min(AT_ONCE)).map(|_| request(line)).collect();
        left -= requests.len();
        let start = cpu();
        runtime.block_on(async {
            for request in requests {
                let reply = router.call(request).await.expect("a router does not fail");
                black_box(reply.into_body().collect().await.expect("a body").to_bytes());
            }
        });
        nanoseconds += cpu() - start;
    }
    Answer { nanoseconds, ..Answer::default() }
}

/// The CPU time of this process in nanoseconds.
fn cpu() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid, and every Linux has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
