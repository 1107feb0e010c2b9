"""The account's owner in a local cloud that enforces policies: users, their policies, calls as these users.

    account.py ENDPOINT    then one JSON request per line; one answer per line
"""

import json
import sys

import botocore.config
import botocore.exceptions
import botocore.session

ENDPOINT = sys.argv[1]


def client(service, key="local", secret="local"):
    session = botocore.session.get_session()
    config = botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=ENDPOINT,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=config,
    )


def user(name):
    iam = client("iam")
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}


def policy(name, documents):
    """Gives a user these policies and no others."""
    iam = client("iam")
    for old in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=old)
    for index, document in enumerate(documents):
        iam.put_user_policy(UserName=name, PolicyName=f"part{index}", PolicyDocument=json.dumps(document))
    return {}


def attempt(key, secret, service, operation, parameters):
    """Makes a call as the user. Returns the code of its error, or null."""
    try:
        getattr(client(service, key, secret), operation)(**parameters)
        return {"error": None}
    except botocore.exceptions.ClientError as error:
        return {"error": error.response["Error"]["Code"]}


def disable(function):
    """Stops the queue from calling a function: a drift that is detected and reverted."""
    lambdas = client("lambda")
    found = lambdas.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    lambdas.update_event_source_mapping(UUID=found[0]["UUID"], Enabled=False)
    return {"found": len(found)}


def evaluate(documents, requests):
    """The decision of the local cloud's evaluator for requests with given condition keys."""
    from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

    policies = [parse_policy_document(document) for document in documents]
    decisions = []
    for action, resource, keys in requests:
        context = EvalContext(
            principal_arn="arn:aws:iam::000000000000:user/deployer",
            principal_type="User",
            principal_account="000000000000",
            action=action,
            resource_arn=resource,
            region="us-east-1",
            service_context={key.lower(): value for key, value in keys.items()},
        )
        decisions.append(evaluate(context, policies).decision)
    return {"decisions": decisions}


WORK = {"user": user, "policy": policy, "attempt": attempt, "disable": disable, "evaluate": evaluate}

for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(WORK[request.pop("do")](**request)), flush=True)
