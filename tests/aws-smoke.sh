#!/usr/bin/env bash
# A smoke test against AWS itself; docs/aws-smoke.md says what it does. `plan` only reads, `run` writes.
set -euo pipefail

mode=${1:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
gate=${GATE:-gate}
: "${AWS_REGION:?name the region}" "${SMOKE_BUCKET:?}" "${SMOKE_KEY:?}" "${SMOKE_TOPIC:?}"

path=/gate-smoke/production
store=s3://$SMOKE_BUCKET/gate-smoke
verifier=https://gate.example/smoke/v1
resource=oci://smoke.example/app?env=production
subject=smoke.example/app@sha256:$(printf 'gate smoke' | sha256sum | cut -d' ' -f1)

say() { printf '== %s\n' "$*"; }
# Runs a command that has to end with a code.
expect() {
    local wanted=$1 code=0
    shift
    "$@" || code=$?
    if [ "$code" != "$wanted" ]; then
        printf 'expected exit code %s and got %s: %s\n' "$wanted" "$code" "$*" >&2
        exit 1
    fi
}

plan() {
    say 'who asks'
    aws sts get-caller-identity --output table
    say 'Security Hub'
    aws securityhub describe-hub --query HubArn --output text
    say 'the key: has to be ECC_NIST_P256 for SIGN_VERIFY'
    aws kms get-public-key --key-id "$SMOKE_KEY" --query '[KeySpec, KeyUsage]' --output text
    say 'the bucket'
    aws s3api get-bucket-versioning --bucket "$SMOKE_BUCKET" --output text
    aws s3api get-object-lock-configuration --bucket "$SMOKE_BUCKET" --output text || echo 'without Object Lock'
    say 'the topic'
    aws sns get-topic-attributes --topic-arn "$SMOKE_TOPIC" --query Attributes.TopicArn --output text
    say "parameters below $path, which the run creates and takes away"
    aws ssm get-parameters-by-path --path "$path" --recursive --query 'Parameters[].Name' --output text
    say "the run writes parameters below $path, objects below $store, findings of the scope gate-smoke, one notification a verdict"
}

# evaluate REPORT: under the profile of the smoke test.
evaluate() {
    "$gate" evaluate sast --report "bandit=$here/tests/reports/bandit/$1" --subject "$subject" --environment production \
        --max-report-age unlimited
}

run() {
    local account typed work
    account=$(aws sts get-caller-identity --query Account --output text)
    read -r -p "write into account $account, region $AWS_REGION? Its number: " typed
    [ "$typed" = "$account" ] || { echo 'nothing was written' >&2; exit 2; }

    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cd "$work"
    cat >gate.toml <<TOML
format = 1
scope = "gate-smoke"
[environments.production]
[thresholds]
source = "ssm:/gate-smoke/{environment}"
[evidence]
store = "$store"
[publish]
security-hub = true
sns = "$SMOKE_TOPIC"
[signing]
key = "awskms:///$SMOKE_KEY"
verifier = "$verifier"
resource = "$resource"
TOML
    aws kms get-public-key --key-id "$SMOKE_KEY" --query PublicKey --output text | base64 -d |
        openssl pkey -pubin -inform DER -out key.pub

    say '1 thresholds'
    echo '{"sast": {"max-critical": 0, "max-high": 0}}' >thresholds.json
    expect 0 "$gate" thresholds apply thresholds.json --to "ssm:$path" --yes
    expect 0 "$gate" thresholds show sast --environment production
    say '2 findings'
    expect 1 evaluate findings.json
    verify=("$gate" verify --subject "$subject" --require sast --key key.pub --verifier-id "$verifier" --resource-uri "$resource")
    expect 1 "${verify[@]}" --evidence "$store"
    expect 1 evaluate findings.json
    say '3 and 4 a clean report, proven'
    expect 0 evaluate clean.json
    expect 0 "${verify[@]}" --evidence "$store"
    expect 0 "$gate" publish --pending
    say '5 replay'
    aws s3 ls "$store/records/" | awk '{print $4}' | while read -r record; do
        expect 0 "$gate" replay "$record" --evidence "$store"
    done
    say '6 without the thresholds nothing is decided'
    aws ssm delete-parameter --name "$path/sast"
    expect 3 evaluate clean.json
    say 'all as expected'
}

case $mode in
plan) plan ;;
run) plan && run ;;
*) echo 'tests/aws-smoke.sh plan|run' >&2; exit 2 ;;
esac
