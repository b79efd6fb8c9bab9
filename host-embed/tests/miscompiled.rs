//! The check of the build for code that the compiler got wrong: what it refuses, and what not.

#[path = "../build/miscompiled.rs"]
mod miscompiled;

fn check(body: &str) -> Result<(), String> {
    let module = format!("(module (func (param i64 i64) (result i64) (local i64) {body}))");
    miscompiled::check(&wat::parse_str(module).unwrap())
}

/// As LLVM 22 compiles the overflow check of a signed product: the second factor is compared in
/// the place of the upper half.
#[test]
fn an_upper_half_that_is_read_before_it_is_made_is_refused() {
    for compare in ["i64.ne", "i64.eq"] {
        let error = check(&format!(
            "local.get 1 local.get 0 local.get 1 i64.mul_wide_s local.set 1
             i64.const 63 i64.shr_s {compare} i64.extend_i32_u"
        ));
        assert!(error.unwrap_err().contains("issue 199910"), "{compare}");
    }
    // Through arithmetic.
    let error = check(
        "local.get 1 i64.const 7 i64.add local.get 0 local.get 1 i64.mul_wide_u local.set 1 i64.sub",
    );
    assert!(error.is_err());
}

#[test]
fn an_upper_half_that_nobody_reads_is_refused_where_a_sum_was_read_from_its_local() {
    let sum = "local.get 1 i64.const 0 local.get 0 i64.const 0 i64.add128 local.set 2
               local.get 0 local.get 0 i64.mul_wide_u local.set 1 i64.add";
    assert_eq!(check(&format!("{sum} local.get 1 i64.add")), Ok(()));
    assert!(check(&format!("{sum} local.get 0 local.set 1")).is_err());
}

#[test]
fn a_product_that_is_stored_before_its_halves_are_read_passes() {
    let body = "local.get 0 local.get 1 i64.mul_wide_s local.set 2 local.set 1
                local.get 2 local.get 1 i64.const 63 i64.shr_s i64.ne i64.extend_i32_u";
    assert_eq!(check(body), Ok(()));
    assert_eq!(check("local.get 0 local.get 1 i64.mul"), Ok(()));
}

#[test]
fn what_is_no_module_is_refused() {
    assert!(miscompiled::check(b"\0asm").is_err());
}
