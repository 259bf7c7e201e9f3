"""What schemathesis can't know of Coffer from its description, or what no description can say. `config.toml` loads it."""

import itertools
import os

import requests
import schemathesis
from hypothesis import strategies

URL = os.environ["COFFER_URL"]
TOKENS = {False: os.environ["COFFER_TOKEN"], True: os.environ["COFFER_INSTANCE_TOKEN"]}
OF_INSTANCE = os.environ["COFFER_OF_INSTANCE"].split(",")


# For what has to be called otherwise each time.
NUMBERS = itertools.count()


def asked(method, target, of_instance=False, **more):
    bearer = {"Authorization": f"Bearer {TOKENS[of_instance]}"}
    answer = requests.request(method, f"{URL}{target}", headers=bearer, timeout=30, **more)
    answer.raise_for_status()
    return answer.json() if answer.content else None


# Texts whose form no pattern says: good ones.
GOOD = {
    "certificates": [os.environ["COFFER_AUTHORITY"]],
    "certificate-name": ["dns:*.ci.example.com", "uri:spiffe://example.com/prod/*", "email:ci@example.com", "cn:build"],
    "cosignatures": [""],
    "date-time": ["1970-01-01T00:00:00Z", "2026-01-01T00:00:00.123Z", "2027-06-30T12:00:00+02:00", "9999-12-30T21:59:59Z"],
    "hours": ["mon-fri 08:00-18:00", "sun 00:00-24:00"],
    "issuer": [f"https://issuer-{number}.example" for number in range(20)],
    "key-set": [os.environ["COFFER_KEY_SET"]],
    "keys-address": ["https://keys.example/set"],
    "key-file": [os.environ["COFFER_KEY_FILE"]],
    "network": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7", "0.0.0.0/0"],
    "policy": ['path "dev/*" { capabilities = ["read", "list"] }', '{"path":{"prod/+/A":{"capabilities":["deny"]}}}', ""],
    "revocation-lists": [""],
    "sealed-file": [asked("POST", "/api/v1/files/seal/prod/db/.env", json={"value": "A=1"})["file_base64"]],
    "signed-note": [asked("GET", "/api/v1/audit/checkpoint")["note"]],
    "verifier-key": [asked("GET", "/api/v1/audit/keys")["key"]],
}
for name, values in GOOD.items():
    schemathesis.openapi.format(name, strategies.sampled_from(values))


@schemathesis.hook
def before_call(context, case, kwargs):
    for name, value in (case.path_parameters or {}).items():
        if isinstance(value, str):
            # `a%2Fb` can be read in two ways, and is refused. Nothing in OpenAPI 3.1 says that a path parameter holds slashes.
            case.path_parameters[name] = value.replace("%2F", "/")
    # It is as good or as bad as it was: the same path, written in another way. No hook can say so but by what is private; the
    # version of schemathesis is pinned.
    case._record_starting_state()
    if case.meta is not None and case.meta.generation.mode.is_positive:
        reconcile(case)
        case._record_starting_state()


def reconcile(case):
    """A good request, where its parts go together: no description says how one depends on another."""
    query, headers = case.query or {}, case.headers or {}
    if operation_of(case).startswith("tenant_"):
        # The run's token is the instance's. Who names a tenant has one of that.
        headers.pop("X-Coffer-Tenant", None)
    match operation_of(case):
        case "secret_get" | "secret_get_file":
            for name in [name for name in ("version", "stage", "label", "consumer") if name in query][1:]:
                query.pop(name)
        case "secret_set" | "secret_set_file":
            # A document in a header: no schema says what a text has to hold.
            headers.pop("X-Coffer-Metadata", None)
            if "If-Match" in headers:
                headers.pop("If-None-Match", None)
            # What is expected is said in one way.
            query.pop("overwrite", None)
            if not {"If-Match", "If-None-Match"} & headers.keys():
                case.query = {**query, "overwrite": "true"}
        case "access_explain" if "path" in query:
            query.pop("folder", None)
        case "audit_consistency":
            query.update(old=0, new=1)
        case "secret_watch":
            # A cursor that the log has not come to can't be gone on from.
            query.update({name: 0 for name in query.keys() & {"after"}})
            headers.update({name: "0" for name in headers.keys() & {"Last-Event-ID"}})
        case "sign_in":
            case.body = {"code": asked("POST", "/api/v1/codes", json={"member": "ana@acme"})["code"]}
        case "client_secret_revoke" if is_wanted(case):
            target = f"/api/v1/client-secrets?instance={str(is_of_instance(case)).lower()}"
            wanted = {"member": "operator" if is_of_instance(case) else "ana@acme", "ttl_seconds": 60}
            made = asked("POST", target, is_of_instance(case), json=wanted)
            case.path_parameters["id"] = made["about"]["id"]
        case "authority_set":
            # A new one is whole, and an authority has names.
            case.body["certificates"] = GOOD["certificates"][0]
            case.body["names"] = case.body.get("names") or ["cn:build"]
            case.body["member"] = "operator" if is_of_instance(case) else "ana@acme"
        case "issuer_create" | "issuer_change":
            # Keys are from one place.
            for name in [name for name in ("discovery", "jwks_uri", "jwks") if case.body.get(name)][1:]:
                case.body.pop(name)
        case "member_undo" if not is_of_instance(case):
            # Something to take back; each time another, so that it is a change.
            pattern = f"dev/{next(NUMBERS)}/**"
            grant = {"grant": [{"role": "viewer", "pattern": pattern}]}
            asked("PATCH", "/api/v1/members/ana@acme", json=grant)
            case.path_parameters["name"] = "ana@acme"
        case "tenant_rename":
            number = next(NUMBERS)
            asked("POST", "/api/v1/tenants", True, json={"name": f"old-{number}"})
            case.path_parameters["name"] = f"old-{number}"
            case.body = {"to": f"new-{number}"}
        case "token_revoke" if is_wanted(case):
            target = f"/api/v1/tokens?instance={str(is_of_instance(case)).lower()}"
            made = asked("POST", target, is_of_instance(case), json={"ttl_seconds": 60})
            case.path_parameters["id"] = made["about"]["id"]
        case "unlocker_remove" if is_wanted(case):
            made = asked("POST", "/api/v1/unlockers", True, json={"passphrase": "six words for a minute"})
            case.path_parameters["id"] = made["id"]
    case.body = reconciled(case.body)


def is_wanted(case):
    """Half of the time something is to be there."""
    return str(case.path_parameters["id"])[:1] in "01234567"


def reconciled(value):
    if isinstance(value, dict):
        if {"fields", "fields_base64"} <= value.keys():
            # A field is text or it is not.
            others = {name: field for name, field in value["fields_base64"].items() if name not in value["fields"]}
            value = {**value, "fields_base64": others}
        return {name: reconciled(member) for name, member in value.items()}
    if isinstance(value, list):
        # A path stands once.
        once = {str(item.get("path", at)) if isinstance(item, dict) else at: item for at, item in enumerate(value)}
        return [reconciled(item) for item in once.values()]
    # JSON Schema takes 7.0 for an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


@schemathesis.auth(refresh_interval=None)
class Token:
    """A token for the log that is meant: of the instance, or of the tenant."""

    def get(self, case, context):
        of_instance = is_of_instance(case)
        if operation_of(case) != "token_revoke_own":
            return TOKENS[of_instance]
        # One that may be ended: the run goes on with its own.
        instance = str(of_instance).lower()
        return asked("POST", f"/api/v1/tokens?instance={instance}", of_instance, json={"ttl_seconds": 60})["token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


def is_of_instance(case):
    return operation_of(case) in OF_INSTANCE or str((case.query or {}).get("instance")).lower() == "true"


def operation_of(case):
    return case.operation.definition.raw.get("operationId")
