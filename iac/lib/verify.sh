# Asks each service whether what was deployed is there and is as it was meant. Nothing is changed here.
# shellcheck shell=bash disable=SC2016 # in single quotes stand backticks of messages and dollars of jq

problems=()
todo=()

problem() { problems+=("$1"); }

# asked SUBJECT FILE COMMAND…: a refusal is a problem by name, and the other checks still run.
asked() {
    local subject=$1 answer=$2
    shift 2
    "$@" >"$answer" 2>"$work/refused" && return 0
    problem "$subject: $(sed '/^[[:space:]]*$/d' "$work/refused" | tail -n 1)"
    return 1
}

# holds SUBJECT FILE FILTER [jq options]: FILTER gives true, or texts that say what is wrong.
holds() {
    local subject=$1 answer=$2 filter=$3 said
    shift 3
    if ! said=$(jq --raw-output "$@" "$filter" "$answer" 2>&1); then
        problem "$subject: not the answer that was expected"
    elif [[ -n $said ]]; then
        while IFS= read -r line; do
            problem "$subject: $line"
        done <<<"$said"
    fi
}

verify() {
    local line
    verify_stacks
    verify_pipeline
    verify_topics
    verify_keys
    verify_buckets
    verify_function
    verify_trail
    verify_waiting
    if [[ ${#problems[@]} -gt 0 ]]; then
        for line in "${problems[@]}"; do
            error "$line"
        done
        die "${#problems[@]} of the checks do not hold" "mend them and run \`deploy --from verify\`"
    fi
}

verify_stacks() {
    local stack status
    look_at_stacks
    for stack in "${stacks[@]}"; do
        status=${status_of[$stem-$stack]-}
        [[ $status == CREATE_COMPLETE || $status == UPDATE_COMPLETE ]] || problem "stack \`$stem-$stack\`: ${status:-it is not there}"
    done
}

# A pipeline that can reach a cluster past a gate is none of ours: each stage that follows on a gate asks for what that gate said,
# and each that deploys asks the function that proves about its own cluster.
verify_pipeline() {
    local name project function
    local -a projects
    name=$(value pipeline_name)
    asked "pipeline \`$name\`" "$work/pipeline.json" aws codepipeline get-pipeline --name "$name" || return 0
    function=$(value verify_function_arn)
    holds "pipeline \`$name\`" "$work/pipeline.json" '
        ["Source", "Secrets", "Build", "Image", "Staging", "Dast", "Approval", "Production"] as $wanted
        | {Staging: $staging, Production: $production} as $clusters
        | .pipeline
        | [.stages[].name] as $names
        | (if .pipelineType != "V2" then "it is not of type V2" else empty end),
          (($wanted - $names)[] | "there is no stage `\(.)`"),
          (($names - $wanted)[] | "stage `\(.)` is none of ours"),
          (if ($names | sort) == ($wanted | sort) and $names != $wanted then "its stages are in another order" else empty end),
          (.stages[]
            | .name as $stage
            | [.beforeEntry // {} | .conditions // [] | .[]] as $conditions
            | [$conditions[].rules // [] | .[]] as $rules
            | (if ($stage | IN("Source", "Secrets") | not) and $rules == []
                then "stage `\($stage)` has no entry condition" else empty end),
              ($conditions[] | select(.result != "FAIL") | "an entry condition of stage `\($stage)` ends with \(.result // "nothing")"),
              ($clusters[$stage] // empty
                | {digest: "#{build.IMAGE_DIGEST}", cluster: .} as $question
                | if any($rules[]; .ruleTypeId.provider == "LambdaInvoke" and .configuration.FunctionName == $function
                    and (.configuration.UserParameters | try fromjson catch null) == $question) then empty
                  else "stage `\($stage)` does not ask `\($function)` about cluster `\(.)`" end))' \
        --arg function "${function##*:}" --arg staging "$(value staging_cluster_name)" --arg production "$(value production_cluster_name)"
    jq --raw-output '[.pipeline.stages[]?.actions[]? | select(.actionTypeId.provider == "CodeBuild") | .configuration.ProjectName] | unique[]' \
        "$work/pipeline.json" >"$work/projects"
    mapfile -t projects <"$work/projects"
    if [[ ${#projects[@]} -eq 0 ]]; then
        problem "pipeline \`$name\`: it builds nothing"
        return 0
    fi
    asked "the projects of \`$name\`" "$work/projects.json" aws codebuild batch-get-projects --names "${projects[@]}" || return 0
    for project in "${projects[@]}"; do
        holds "project \`$project\`" "$work/projects.json" '
            [.projects[] | select(.name == $name)] as $found
            | if ($found | length) != 1 then "it is not there"
              else $found[0]
                | (if .source.buildspec // "" | startswith($buildspecs) then empty
                    else "its buildspec is not in the locked bucket under the digest that was deployed" end),
                  (if .environment.image // "" | endswith("@" + $toolbox) then empty
                    else "its image is not the toolbox of the settings" end)
              end' --arg name "$project" --arg toolbox "$(value toolbox_digest)" \
            --arg buildspecs "arn:$partition:s3:::$(value tools_bucket_name)/buildspecs/$(value buildspecs_digest)/"
    done
}

verify_topics() {
    local name arn
    for name in "${rows[@]}"; do
        [[ $name == *_topic_arn ]] || continue
        arn=$(value "$name")
        asked "topic \`$arn\`" "$work/topic.json" aws sns list-subscriptions-by-topic --topic-arn "$arn" || continue
        holds "topic \`$arn\`" "$work/topic.json" 'if (.Subscriptions | length) == 0 then "nobody is subscribed" else empty end'
        if [[ $(<"$work/topic.json") == *'"PendingConfirmation"'* ]]; then
            todo+=("confirm the subscription to \`${arn##*:}\`: a mail with a link was sent to each address of the settings")
        fi
    done
}

verify_keys() {
    local name key
    for name in pipeline_key_arn evidence_key_arn; do
        key=$(value "$name")
        asked "key \`$key\`" "$work/rotation.json" aws kms get-key-rotation-status --key-id "$key" || continue
        holds "key \`$key\`" "$work/rotation.json" 'if .KeyRotationEnabled == true then empty else "it is not rotated" end'
    done
    # A key that signs can't be rotated by the service. docs/signing.md says how to change it.
    key=$(value signing_key_arn)
    asked "key \`$key\`" "$work/signing.json" aws kms describe-key --key-id "$key" || return 0
    holds "key \`$key\`" "$work/signing.json" '.KeyMetadata
        | if .KeyState == "Enabled" and .KeyUsage == "SIGN_VERIFY" and .KeySpec == "ECC_NIST_P256" then empty
          else "it can not sign: \(.KeyState), \(.KeyUsage), \(.KeySpec)" end'
}

verify_buckets() {
    local name bucket
    for name in tools_bucket_name evidence_bucket_name; do
        bucket=$(value "$name")
        asked "bucket \`$bucket\`" "$work/locking.json" aws s3api get-object-lock-configuration --bucket "$bucket" \
            --expected-bucket-owner "${setting[ACCOUNT]}" || continue
        holds "bucket \`$bucket\`" "$work/locking.json" '
            if .ObjectLockConfiguration.ObjectLockEnabled == "Enabled" then empty else "what is in it can be altered" end'
    done
}

verify_function() {
    local arn
    arn=$(value verify_function_arn)
    asked "function \`$arn\`" "$work/configuration.json" aws lambda get-function-configuration --function-name "$arn" || return 0
    holds "function \`$arn\`" "$work/configuration.json" '
        (if .CodeSha256 == $checksum then empty else "it runs another package than the one that was uploaded" end),
        (if .State == "Active" then empty else "its state is \(.State)" end)' \
        --arg checksum "$(base64_of "$(value function_digest)")"
}

verify_trail() {
    local trail
    asked "stack \`$stem-audit\`" "$work/resources.json" aws cloudformation list-stack-resources --stack-name "$stem-audit" || return 0
    trail=$(jq --raw-output '[.StackResourceSummaries[]? | select(.ResourceType == "AWS::CloudTrail::Trail") | .PhysicalResourceId][0] // ""' "$work/resources.json")
    if [[ -z $trail ]]; then
        problem "stack \`$stem-audit\`: it has no trail"
        return 0
    fi
    asked "trail \`$trail\`" "$work/trail.json" aws cloudtrail get-trail-status --name "$trail" || return 0
    holds "trail \`$trail\`" "$work/trail.json" 'if .IsLogging == true then empty else "it writes nothing down" end'
}

# What a person still has to do is no fault of the deployment.
verify_waiting() {
    local connection
    connection=$(value connection_arn)
    if asked "connection \`$connection\`" "$work/connection.json" aws codeconnections get-connection --connection-arn "$connection"; then
        if [[ $(jq --raw-output '.Connection.ConnectionStatus' "$work/connection.json") != AVAILABLE ]]; then
            todo+=("approve the connection to ${setting[SOURCE_PROVIDER]} in the console: Developer Tools, Settings, Connections, \`${connection##*/}\`")
        fi
    fi
    if asked 'the repository of the toolbox' "$work/images.json" aws ecr list-images --repository-name "$(value toolbox_repository_name)"; then
        if ! jq --exit-status --arg digest "$(value toolbox_digest)" 'any(.imageIds[]?; .imageDigest == $digest)' "$work/images.json" >/dev/null; then
            todo+=("push the toolbox image with digest $(value toolbox_digest) to $(value toolbox_repository_url)")
        fi
    fi
}

next_steps() {
    local line number=0
    printf '\nThe factory %s stands. What a person still has to do:\n' "$stem"
    todo+=("let ${setting[DOMAIN_NAME]} lead to $(value production_load_balancer_dns_name), if it does not yet")
    todo+=("push to \`${setting[SOURCE_BRANCH]}\` of ${setting[SOURCE_REPOSITORY]}, and watch the pipeline \`$(value pipeline_name)\`")
    for line in "${todo[@]}"; do
        number=$((number + 1))
        printf '  %s. %s\n' "$number" "$line"
    done
}
