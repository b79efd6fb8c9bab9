//! Who may ask for what, and what garbage gets.

use std::io::Write as _;
use std::net::TcpStream;

use portcullis_service::{PUBLIC_ROUTES, ROUTES};

use super::running::{Running, machine};
use crate::registry::fabric::Fabric;

#[test]
fn every_route_but_a_short_list_asks_for_the_credential() {
    let (fabric, _) = Fabric::ready("serve-routes");
    let service = Running::start(&fabric, &[]);
    let credential = service.credential();
    assert_eq!(ROUTES.iter().filter(|route| route.is_public).count(), PUBLIC_ROUTES);
    for route in ROUTES {
        let path = route.path.replace("{name}", "host-1").replace("{id}", "1");
        let (status, _) = service.request(route.method, &path, "", b"{}");
        match route.is_public {
            true => assert_ne!(status, 401, "{path}"),
            false => assert_eq!(status, 401, "{path}"),
        }
        for wrong in ["x", &credential[1..], &format!("{credential}0")] {
            let (status, _) = service.request(route.method, &path, wrong, b"{}");
            assert!(route.is_public || status == 401, "{path} with a wrong credential");
        }
    }
    for path in ["/", "/v1", "/v1/policies", "/metrics/", "/../etc/passwd"] {
        assert_eq!(service.request("GET", path, "", &[]).0, 401, "{path}");
        assert_eq!(service.request("GET", path, &credential, &[]).0, 404, "{path}");
    }
    let metrics = service.request("GET", "/metrics", &credential, &[]).1;
    assert!(String::from_utf8(metrics).unwrap().contains("portcullis_challenges_total"));
    assert_eq!(service.json("/v1/hosts")["hosts"][0]["name"], "host-1");
}

#[test]
fn the_credential_is_shown_once_and_only_its_digest_is_kept() {
    let (fabric, _) = Fabric::ready("serve-credential");
    let service = Running::start(&fabric, &[]);
    let credential = service.credential();
    let keys = fabric.folder.join("keys");
    std::fs::remove_file(keys.join("admin.token")).unwrap();
    drop(service);
    let again = Running::start(&fabric, &[]);
    assert!(!keys.join("admin.token").exists(), "no second credential is made");
    assert_eq!(again.request("GET", "/v1/hosts", &credential, &[]).0, 200);
}

#[test]
fn garbage_is_the_callers_fault_and_never_ours() {
    let (fabric, _) = Fabric::ready("serve-garbage");
    let service = Running::start(&fabric, &[]);
    let huge = vec![b' '; 9 * 1024 * 1024];
    let deep = "[".repeat(100_000);
    let bodies: [&[u8]; 9] = [
        b"",
        b"{}",
        b"null",
        b"\xff\xfe",
        deep.as_bytes(),
        br#"{"ek_public":"AAAA","ak_public":"AAAA"}"#,
        br#"{"ek_public":"%%%","ak_public":""}"#,
        br#"{"challenge_id":"../../x","quote":{"attest":"","signature":""},"event_log":""}"#,
        &huge,
    ];
    for path in ["/v1/challenges", "/v1/attestations"] {
        for (index, body) in bodies.iter().enumerate() {
            let (status, _) = service.request("POST", path, "", body);
            assert!((400..500).contains(&status), "{path}, body {index}: HTTP {status}");
        }
    }
    let credential = service.credential();
    for path in [
        "/v1/hosts/%00/results",
        "/v1/hosts/..%2f/results",
        "/v1/results/x/bundle",
        "/v1/results/99999999999999999999/bundle",
        "/v1/results/-1/bundle",
    ] {
        let (status, _) = service.request("GET", path, &credential, &[]);
        assert!((400..500).contains(&status), "{path}: HTTP {status}");
    }
}

#[test]
fn a_thousand_connections_that_say_nothing_do_not_stop_the_others() {
    let (fabric, _) = Fabric::ready("serve-slow");
    let service = Running::start(&fabric, &[]);
    let address = service.url.strip_prefix("http://").unwrap();
    let slow: Vec<TcpStream> = (0..1_000)
        .map(|index| {
            let mut stream = TcpStream::connect(address).unwrap();
            let start = if index % 2 == 0 {
                &b"POST /v1/challenges HTTP/1.1\r\nHost"[..]
            } else {
                b"\x16\x03"
            };
            stream.write_all(start).unwrap();
            stream
        })
        .collect();
    assert!(service.attest(&mut machine(1, &[])).passed());
    drop(slow);
}

#[test]
fn a_full_queue_says_so_and_when_to_come_back() {
    let (fabric, _) = Fabric::ready("serve-overload");
    let service = Running::start(&fabric, &["--judges", "1", "--queue", "0"]);
    let mut host = machine(1, &[]);
    let body = serde_json::to_vec(&portcullis_agent::Host::identity(&mut host).unwrap()).unwrap();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = || service.request("POST", "/v1/challenges", "", &body).0;
        let threads: Vec<_> = (0..24).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&200));
}

#[test]
fn the_service_listens_elsewhere_only_with_a_certificate() {
    let (fabric, _) = Fabric::ready("serve-plain");
    let keys = fabric.folder.join("keys");
    let keys = keys.to_str().unwrap();
    let outcome = fabric.run(&["serve", "--listen", "0.0.0.0:0", "--keys", keys]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("--tls-cert"), "{}", outcome.stderr);
}

#[test]
fn the_document_of_the_api_is_that_of_its_routes() {
    let text = portcullis_service::openapi::text();
    let path = portcullis_tests::corpus::repository().join("host-embed/service/openapi.json");
    portcullis_tests::golden::check(&path, &text);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), ROUTES.len());
    for route in ROUTES {
        let operation = &paths[route.path][route.method.to_lowercase()];
        let needs_credential = operation["security"] != serde_json::json!([]);
        assert_eq!(needs_credential, !route.is_public, "{}", route.path);
    }
}
