# Shared by deploy and destroy: Terraform, in the folder of the environment.
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

# Neither the state's place nor a value is on a command line: both come from files that only we can read.
terraform_begin() {
    root=$iac/terraform/environments/$folder
    # The bucket takes nothing that is encrypted with another key than its own.
    aws s3api get-bucket-encryption --bucket "${setting[STATE_BUCKET]}" --expected-bucket-owner "${setting[ACCOUNT]}" >"$work/encryption.json"
    jq --slurpfile encryption "$work/encryption.json" --arg key "$place/terraform.tfstate" \
        '{bucket: .STATE_BUCKET, key: $key, region: .REGION, allowed_account_ids: [.ACCOUNT]}
        + ($encryption[0].ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID
            | if . then {kms_key_id: .} else error("the bucket of states is not encrypted with a key of KMS") end)' \
        "$work/settings.json" >"$work/backend.json"
    jq --slurpfile contract "$contract" '. as $settings
        | [$contract[0].values[] | select(.variable) | {key: .variable, value: $settings[.from.setting]}]
        | from_entries' "$work/settings.json" >"$work/variables.tfvars.json"
    terraform -chdir="$root" init -input=false -reconfigure -backend-config="$work/backend.json" >&2
    terraform -chdir="$root" validate >&2
    terraform -chdir="$root" output -json >"$work/terraform.json"
    the_state_is_ours
}

# A state that was copied or put back in the wrong place is of another factory, and all that is done with it is done to that
# one. The bucket of evidence has the factory's name in its own, and is in the outputs from the first apply on, for good.
the_state_is_ours() {
    local ours=$stem-evidence-${setting[ACCOUNT]} found
    found=$(jq --raw-output '(.evidence_bucket_name.value | strings) // ""' "$work/terraform.json")
    [[ -z $found || $found == "$ours" ]] ||
        die "s3://${setting[STATE_BUCKET]}/$place/terraform.tfstate is the state of another factory: its bucket of evidence is \`$found\`, and that of \`$stem\` is \`$ours\`" \
            "mend PROJECT and ENVIRONMENT, or put back the right version of the state"
}

# Plans, and says with 0 that nothing is to change. What is applied is this plan and no other.
terraform_plan() {
    local status=0
    attended terraform -chdir="$root" plan -input=false -lock-timeout=60s -detailed-exitcode \
        -var-file="$work/variables.tfvars.json" -out="$work/plan" "$@" || status=$?
    case $status in
        0) return 0 ;;
        2) return 2 ;;
        *) die "terraform made no plan" ;;
    esac
}

terraform_apply() {
    attended terraform -chdir="$root" apply -input=false -lock-timeout=60s "$work/plan" >&2 ||
        die "terraform did not get to the end" "run it again: it goes on with what is missing"
}
