use super::{is_shell_variable, is_variable, resolve, resolve_folder};

#[test]
fn variables() {
    for good in ["A", "_", "a1", "DATABASE_URL", "spring.datasource.url", "X-Y"] {
        assert!(is_variable(good), "{good}");
    }
    for bad in ["", "1A", "-A", ".A", "A B", "A=B", "ÜBER", "A\0", "A\n", "a/b"] {
        assert!(!is_variable(bad), "{bad}");
    }
    assert!(is_shell_variable("A_1"));
    assert!(!is_shell_variable("a.b"));
    assert!(!is_shell_variable("a-b"));
}

#[test]
fn a_name_lies_in_the_app_or_in_the_environment() {
    assert_eq!(resolve("URL", "dev", Some("shop")).unwrap(), "dev/shop/URL");
    assert_eq!(resolve("URL", "dev", None).unwrap(), "dev/URL");
    assert_eq!(resolve("db/URL", "dev", Some("shop")).unwrap(), "dev/shop/db/URL");
    assert_eq!(resolve("/prod/db/URL", "dev", Some("shop")).unwrap(), "prod/db/URL");
}

#[test]
fn a_folder_too() {
    assert_eq!(resolve_folder(None, "dev", Some("shop")), "dev/shop");
    assert_eq!(resolve_folder(Some("db/"), "dev", None), "dev/db");
    assert_eq!(resolve_folder(Some("/"), "dev", Some("shop")), "");
    assert_eq!(resolve_folder(Some("/prod/"), "dev", Some("shop")), "prod");
}

#[test]
fn a_value_on_the_command_line_is_refused_and_not_repeated() {
    let error = resolve("URL=hunter2", "dev", None).unwrap_err();
    assert_eq!(error.code, "name.invalid");
    assert!(!error.to_string().contains("hunter2"));
    assert!(resolve("", "dev", None).is_err());
    assert!(resolve("/", "dev", None).is_err());
}
