# Shared by deploy and destroy: what is said, which tools are there, and what is left behind at the end (nothing).
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

# Everything the run writes down is in here: only its owner may look in, and it is gone afterwards.
work=
# A long call that is running, and the exit code where it is not 1.
child=
ending=

say() { printf '%s\n' "$*" >&2; }

# Where it is, for the one who reads how it ended.
at=
step() {
    at=$*
    printf '\n== %s\n' "$at" >&2
}

error() {
    printf 'error: %s\n' "$1" >&2
    [[ -z ${2-} ]] || printf 'help: %s\n' "$2" >&2
}

die() {
    error "$@"
    exit 1
}

# The end, however it comes: by itself, by an error, by a signal.
finish() {
    local status=$?
    trap - EXIT
    trap '' HUP INT TERM
    # Other programs have codes of their own; ours are in the help.
    [[ $status -eq 0 ]] || status=${ending:-1}
    [[ $status -eq 0 || -z $at ]] || say "it ended in: $at"
    unlock || status=1
    [[ -z $work ]] || rm -rf -- "$work"
    exit "$status"
}

stopped() {
    trap '' HUP INT TERM
    if [[ -n $child ]]; then
        # Once, so that Terraform ends in order and gives up its lock; a second time would cut it off.
        kill -TERM "$child" 2>/dev/null || true
        wait "$child" || true
    fi
    error "stopped by a signal" "run it again: what is done stays done"
    ending=$((128 + $1))
    exit "$ending"
}

# The command line can't be understood.
misused() {
    error "$1" "see \`iac/${0##*/} --help\`"
    ending=2
    exit "$ending"
}

begin() {
    umask 077
    trap finish EXIT
    trap 'stopped 1' HUP
    trap 'stopped 2' INT
    trap 'stopped 15' TERM
    work=$(mktemp -d "${TMPDIR:-/tmp}/gate-factory.XXXXXXXXXX")
    work=$(readlink --canonicalize "$work")
}

# A long call. It has a session of its own: an interrupt of the terminal reaches only us, and we hand it on.
attended() {
    local status=0
    setsid "$@" <&0 &
    child=$!
    wait "$child" || status=$?
    child=
    return "$status"
}

# Asks a person, who has to type the word.
confirm() {
    local question=$1 word=$2 option=$3 answer=
    [[ -t 0 ]] || die "nobody is there to be asked: $question" "say it with \`$option\`"
    printf '%s Type `%s`: ' "$question" "$word" >&2
    IFS= read -r answer || true
    [[ $answer == "$word" ]] || die "not confirmed; nothing more was changed"
}

# at_least 1.10 1.9.8: whether the second version is not below the first.
at_least() {
    [[ $(printf '%s\n' "$1" "$2" | sort --version-sort | head -n 1) == "$1" ]]
}

# Says all that is missing, not only the first.
check_tools() {
    local missing=0 tool said
    local -A from=(
        [aws]='the command line of AWS: docs.aws.amazon.com/cli'
        [terraform]='developer.hashicorp.com/terraform/install'
        [jq]='the package `jq`'
        [flock]='the package `util-linux`'
        [setsid]='the package `util-linux`'
        [sha256sum]='the package `coreutils`'
        [base64]='the package `coreutils`'
        [tar]='the package `tar` (the one of GNU)'
        [zip]='the package `zip`'
    )
    for tool in aws base64 flock jq setsid sha256sum tar terraform zip; do
        if ! command -v "$tool" >/dev/null; then
            error "\`$tool\` is not there" "install ${from[$tool]}"
            missing=1
        fi
    done
    [[ $missing -eq 0 ]] || exit 1

    said=$(jq --version) || die "\`jq\` can't say its version"
    version_of jq "${said#jq-}" 1.6
    # Below 1.11 Terraform has no lock in the bucket that is not a trial. Of the command line the first ones that delete under a condition.
    said=$(terraform version -json | jq --raw-output .terraform_version) || die "\`terraform\` can't say its version"
    version_of terraform "$said" 1.11.0
    said=$(aws --version 2>&1) || die "\`aws\` can't say its version: $said"
    said=${said#aws-cli/}
    said=${said%% *}
    if [[ $said == 1.* ]]; then
        version_of aws "$said" 1.36.13
    else
        version_of aws "$said" 2.22.8
    fi
    said=$(tar --version)
    [[ $said == *'GNU tar'* ]] || die "\`tar\` is not the one of GNU" "only that one writes the same archive each time"
}

version_of() {
    [[ $2 =~ ^[0-9]+([.][0-9]+)+ ]] || die "\`$1\` says no version: ${2@Q}"
    at_least "$3" "${BASH_REMATCH[0]}" || die "\`$1\` is version ${BASH_REMATCH[0]}, and $3 is needed"
}

digest_of() {
    local line
    line=$(sha256sum -- "$1")
    # A backslash stands in front when the name has one in it.
    line=${line#\\}
    printf '%s' "${line%% *}"
}
