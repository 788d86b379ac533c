# Files that run in the factory. Each stands in the locked bucket under its digest, and is never written twice.
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

# A file or an archive has the same bytes whoever packs it, and whenever.
pack_files() {
    local list=$work/files buildspec key
    local -a buildspecs
    mkdir -- "$work/profile" "$work/profile/keys" "$work/function"
    for key in GATE_PROGRAM FUNCTION_PROGRAM FUNCTION_GATE_PROGRAM; do
        [[ -f ${setting[$key]} ]] || die "there is no file \`${setting[$key]}\`" "the setting is $key; iac/README.md says how it is built"
    done
    runs_on "${setting[FUNCTION_ARCHITECTURE]}" FUNCTION_PROGRAM
    runs_on "${setting[FUNCTION_ARCHITECTURE]}" FUNCTION_GATE_PROGRAM
    cp -- "$iac/profile/waivers.toml" "$work/profile/"
    # The profile serves any application; what is found in one is nothing of another's.
    sed "s/^scope = .*/scope = \"${setting[PROJECT]}\"/" "$iac/profile/gate.toml" >"$work/profile/gate.toml"
    grep --quiet --line-regexp --fixed-strings "scope = \"${setting[PROJECT]}\"" "$work/profile/gate.toml" ||
        die "iac/profile/gate.toml has no line that begins with \`scope = \`" "the name of the application is put there"
    public_key >"$work/profile/keys/gate.pub"
    # A profile that does not load would let every gate end in an error, and could not be taken out of the bucket again.
    "${setting[GATE_PROGRAM]}" explain profile --config "$work/profile/gate.toml" >"$work/explained" 2>&1 || {
        cat -- "$work/explained" >&2
        die "the gate that is to be deployed does not take the profile"
    }

    tar --create --file="$work/profile.tar" --directory="$work/profile" --format=ustar --sort=name \
        --mtime=@0 --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' gate.toml keys waivers.toml
    cp --recursive -- "$work/profile/." "$work/function/"
    cp -- "${setting[FUNCTION_PROGRAM]}" "$work/function/bootstrap"
    cp -- "${setting[FUNCTION_GATE_PROGRAM]}" "$work/function/gate"
    chmod --recursive u=rwX,go=rX "$work/function"
    chmod 755 "$work/function/bootstrap" "$work/function/gate"
    find "$work/function" -exec touch --date=@315619200 {} +
    # Zip keeps local times, and the order in which it is told the names. Stored: what packing makes of it depends on the zip.
    (cd -- "$work/function" && TZ=UTC zip -q0XD "$work/function.zip" bootstrap gate gate.toml keys/gate.pub waivers.toml)

    buildspecs=("$iac"/buildspecs/*.yml)
    [[ -f ${buildspecs[0]} ]] || die "there are no buildspecs"
    (cd -- "$iac/buildspecs" && sha256sum -- *.yml) >"$work/buildspecs.sum"
    {
        printf 'gate\t%s\n' "$(digest_of "${setting[GATE_PROGRAM]}")"
        printf 'profile\t%s\n' "$(digest_of "$work/profile.tar")"
        printf 'buildspecs\t%s\n' "$(digest_of "$work/buildspecs.sum")"
        printf 'function\t%s\n' "$(digest_of "$work/function.zip")"
    } >"$work/digests"
    take 'the packed files' file <"$work/digests"
    {
        printf 'gate/%s/gate\t%s\n' "$(value gate_digest)" "${setting[GATE_PROGRAM]}"
        printf 'profile/%s/profile.tar\t%s\n' "$(value profile_digest)" "$work/profile.tar"
        for buildspec in "${buildspecs[@]}"; do
            printf 'buildspecs/%s/%s\t%s\n' "$(value buildspecs_digest)" "${buildspec##*/}" "$buildspec"
        done
        printf 'function/%s/function.zip\t%s\n' "$(value function_digest)" "$work/function.zip"
    } >"$list"
}

# A function with a program for another processor, or for a newer C library than Amazon Linux 2023 has, ends at its first event,
# long after this.
runs_on() {
    local machine needed
    machine=$(od --address-radix=n --format=x1 --read-bytes=20 -- "${setting[$2]}" | tr --delete ' \n')
    case $1:$machine in
        x86_64:7f454c46*3e00 | arm64:7f454c46*b700) ;;
        *) die "\`${setting[$2]}\` is no program for $1" "the settings are FUNCTION_ARCHITECTURE and $2" ;;
    esac
    # A program without any, such as a static one, needs none.
    needed=$(grep --text --only-matching --extended-regexp 'GLIBC_2[.][0-9]+' -- "${setting[$2]}" | sort --version-sort | tail -n 1) || needed=
    at_least "${needed#GLIBC_}" 2.34 ||
        die "\`${setting[$2]}\` needs glibc ${needed#GLIBC_}, and there is 2.34 where functions run" \
            "build it on Amazon Linux 2023, or where glibc is not newer; the setting is $2"
}

# The half of the signing key that is no secret, as the profile's `keys/gate.pub`.
public_key() {
    aws kms get-public-key --key-id "$(value signing_key_arn)" >"$work/key.json"
    jq --exit-status '(.KeySpec // .CustomerMasterKeySpec) == "ECC_NIST_P256" and .KeyUsage == "SIGN_VERIFY"' "$work/key.json" >/dev/null ||
        die "the signing key is none of ECC_NIST_P256 for SIGN_VERIFY"
    printf -- '-----BEGIN PUBLIC KEY-----\n'
    jq --raw-output .PublicKey "$work/key.json" | fold -w 64
    printf -- '-----END PUBLIC KEY-----\n'
}

# The digest as S3 and Lambda write it.
base64_of() {
    local hex=$1 escaped=
    while [[ -n $hex ]]; do
        escaped+=\\x${hex:0:2}
        hex=${hex:2}
    done
    # shellcheck disable=SC2059 # the format is the bytes
    printf "$escaped" | base64
}

# Whether the bucket has these bytes under the name.
is_there() {
    aws s3api head-object --bucket "$bucket" --key "$1" --checksum-mode ENABLED --expected-bucket-owner "${setting[ACCOUNT]}" \
        >"$work/head.json" 2>"$work/refused.head" || return 1
    jq --exit-status --arg checksum "$2" '.ChecksumSHA256 == $checksum' "$work/head.json" >/dev/null ||
        die "s3://$bucket/$1 has other bytes than its name says" "somebody wrote it; look at its versions"
}

upload_files() {
    local bucket key file checksum
    bucket=$(value tools_bucket_name)
    while IFS=$'\t' read -r key file <&3; do
        checksum=$(base64_of "$(digest_of "$file")")
        if [[ -n $dry_run ]]; then
            if [[ -n $bucket ]] && is_there "$key" "$checksum"; then
                printf 'file %s: is there\n' "$key"
            else
                printf 'file %s: would be uploaded\n' "$key"
            fi
        elif skips files; then
            is_there "$key" "$checksum" || die "s3://$bucket/$key is not there" "begin with \`--from files\`"
        elif ! aws s3api put-object --bucket "$bucket" --key "$key" --body "$file" --if-none-match '*' \
            --checksum-sha256 "$checksum" --expected-bucket-owner "${setting[ACCOUNT]}" >/dev/null 2>"$work/refused"; then
            # What an earlier run uploaded is refused, and is what we want to be there.
            is_there "$key" "$checksum" || {
                cat -- "$work/refused" >&2
                die "s3://$bucket/$key could not be uploaded"
            }
        fi
    done 3<"$work/files"
}
