"""What `make deploy`, `dags`, `host` and `destroy` say before they begin: real botocore, against a server that refuses."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from deploy.aws import stack
from deploy.aws.template import TEMPLATES
from tests.fixtures_s3 import ENVIRONMENT
from tests.tools.company import SECRET, company

KEYS = {name: ENVIRONMENT[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
REGION = {"AWS_REGION": "eu-west-1"}
PROFILES = """
[profile work]
region = eu-north-1
[profile gone]
sso_start_url = https://example.org
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = admin
region = eu-west-1
"""


class Sts(ThreadingHTTPServer):
    """Answers each request with one error, and keeps what was asked."""

    code = "ExpiredToken"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusing)
        self.asked: list[str] = []


class Refusing(BaseHTTPRequestHandler):
    server: Sts

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append(asked.partition("&")[0])
        body = f"<ErrorResponse><Error><Code>{self.server.code}</Code><Message>no</Message></Error></ErrorResponse>"
        self.send_response(403)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def sts(monkeypatch, tmp_path) -> Iterator[Sts]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(PROFILES)
    (tmp_path / "broken").write_text("[profile\n")
    monkeypatch.chdir(tmp_path)
    with Sts() as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        variables = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "AWS_CONFIG_FILE": "config"}
        variables |= {
            "AWS_SHARED_CREDENTIALS_FILE": "none",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield server
        server.shutdown()


@dataclass(frozen=True)
class Case:
    """What is wrong, and what the one line says."""

    name: str
    says: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ("--stack", "green-taxi")
    code: str = ""  # of AWS's refusal; empty: it is not even asked
    status: int = 2

    def __str__(self) -> str:
        return self.name


CASES = [
    Case("no stack", ("no stack is named", "STACK=green-taxi"), words=()),
    Case("empty stack", ("no stack is named", "STACK=green-taxi"), words=("--stack", "")),
    Case("capital letters", ("'Green'", "small letter"), words=("--stack", "Green")),
    Case("a name too long", ("AWS::S3::Bucket", "3 to 63"), words=("--stack", "g" * 41)),
    Case("a name too short", ("AWS::RedshiftServerless::Namespace 'gt'", "3 to 64"), words=("--stack", "gt")),
    Case("a name with an underscore", ("'green_taxi'", "digits and -"), words=("--stack", "green_taxi")),
    Case("no region", ("no region", "AWS_REGION"), KEYS),
    Case("a region that is empty", ("no region", "AWS_REGION"), {**KEYS, "AWS_REGION": "", "AWS_DEFAULT_REGION": ""}),
    Case("a profile without a region", ("no region",), {**KEYS, "AWS_CONFIG_FILE": "none"}),
    Case("a misspelt region", ("'eu-west1'", "did you mean eu-west-1?"), {**KEYS, "AWS_REGION": "eu-west1"}),
    Case("a zone", ("'us-east-1a'", "us-east-1?"), {**KEYS, "AWS_DEFAULT_REGION": "us-east-1a"}),
    Case("an unknown profile", ("'wrk'", "did you mean work?"), {**REGION, "AWS_PROFILE": "wrk"}),
    Case("the other variable", ("'wrk'", "did you mean work?"), {**REGION, "AWS_DEFAULT_PROFILE": "wrk"}),
    Case("no profile at all", ("'x'", "aws configure"), {**REGION, "AWS_PROFILE": "x", "AWS_CONFIG_FILE": "none"}),
    Case("a broken file", ("broken", "correct the file"), {**REGION, **KEYS, "AWS_CONFIG_FILE": "broken"}),
    Case("no credentials", ("no credentials", "AWS_PROFILE"), REGION),
    Case("a key without its secret", ("AWS_SECRET_ACCESS_KEY",), {**REGION, "AWS_ACCESS_KEY_ID": "any"}),
    Case("a secret without its key", ("without AWS_ACCESS_KEY_ID",), {**REGION, "AWS_SECRET_ACCESS_KEY": "any"}),
    Case("a login that is over", ("aws sso login",), {"AWS_PROFILE": "gone"}),
    Case("expired", ("have expired", "aws sso login"), {**REGION, **KEYS}, code="ExpiredToken"),
    Case("unknown keys", ("does not know these",), {**REGION, **KEYS}, code="InvalidClientTokenId"),
    Case("a wrong secret", ("secret key does not",), {**REGION, **KEYS}, code="SignatureDoesNotMatch"),
    Case("refused", ("AccessDenied",), {**REGION, **KEYS}, code="AccessDenied", status=1),
    Case(
        "nobody answers",
        ("Could not connect", "is the region right"),
        {**REGION, **KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"},
        status=1,
    ),
]


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    try:
        status = stack.main(words)
    except SystemExit as ended:
        status = int(str(ended.code))
    said = capsys.readouterr()
    return status, said.out, said.err


OTHERS = [case for case in CASES if case.name in ("no stack", "no region", "expired")]
EACH = [("deploy", case) for case in CASES]
EACH += [(command, case) for command in ("destroy", "dags", "host", "variable") for case in OTHERS]


@pytest.mark.parametrize(("command", "case"), EACH, ids=str)
def test_what_is_missing_is_told_in_one_line_before_anything_is_asked_for(sts, case, command, monkeypatch, capsys):
    for name, value in case.variables.items():
        monkeypatch.setenv(name, value)
    sts.code = case.code
    status, out, err = told([command, *case.words], capsys)
    assert (status, out) == (case.status, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    for part in case.says:
        assert part in err
    assert sts.asked == (["Action=GetCallerIdentity"] if case.code else [])


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-west-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
        ({"AWS_PROFILE": "work"}, "eu-north-1"),
        ({"AWS_PROFILE": "work", "AWS_REGION": "eu-west-1"}, "eu-west-1"),
    ],
    ids=str,
)
def test_the_region_is_the_one_that_the_command_line_would_take(sts, variables, region, monkeypatch, capsys):
    from deploy.aws import account

    for name, value in {**KEYS, **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(account, "_check_credentials", lambda session: None)
    assert account.open_session().region_name == region


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_aws_is_reached_through_a_proxy_with_an_authority_of_its_own(sts, variable, monkeypatch, tmp_path):
    from deploy.aws import account

    inner = b"<GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult>"
    answer = b"<GetCallerIdentityResponse>" + inner + b"</GetCallerIdentityResponse>"
    with company(tmp_path, ["sts.eu-west-1.amazonaws.com"], {"/": answer}) as office:
        for name in ("AWS_ENDPOINT_URL", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):  # of whoever runs the tests
            monkeypatch.delenv(name, raising=False)
        for name, value in {**KEYS, **REGION, "HTTPS_PROXY": office.proxy, variable: str(office.authority)}.items():
            monkeypatch.setenv(name, value)
        assert account.open_session().region_name == "eu-west-1"
    assert office.asked == [f"sts.eu-west-1.amazonaws.com:443 {SECRET}"]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("AlarmMail=a@example.org", "did you mean AlarmEmail?"),
        ("alarmemail=a@example.org", "did you mean AlarmEmail?"),
        ("AlarmEmail", "expected PARAMETER=VALUE"),
        ("GlueVersion=4.0", "expected one of 6.0, 5.1"),
    ],
)
def test_a_wrong_setting_is_told_with_the_nearest(sts, setting, says, capsys):
    status, out, err = told(["deploy", "--stack", "green-taxi", "--set", setting], capsys)
    assert (status, out, err.count("\n"), sts.asked) == (2, "", 1, [])
    assert says in err


@pytest.mark.parametrize("target", ["deploy", "dags", "host", "destroy"])
def test_make_wants_a_name_before_it_sets_anything_up(target):
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # whoever runs the tests
    done = subprocess.run(["make", target], cwd=TEMPLATES.parents[2], env=alone, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: no stack is named: make {target} STACK=green-taxi\n")
