"""Deploys template.yaml to a local emulator of AWS, with the programs that cargo built.

CloudFormation there knows no SAM, so the template is expanded here, by the translator that AWS publishes.
The rest is what `sam deploy` does: code into a bucket, a change of the stack, waiting. Prints the API's address.

Usage: local.py --stack NAME --binaries FOLDER [--parameter NAME=VALUE ...]
The endpoint, the region and the credentials come from the environment, as everywhere.
"""

import argparse
import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import zipfile
from email.utils import parseaddr

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUCKET = "prohod-deployments"
FUNCTION = "AWS::Serverless::Function"
# The emulator answers none of these at all, so no time is lost by trying longer.
CLIENT = Config(retries={"total_max_attempts": 2}, read_timeout=120)


def say(text):
    print(text, file=sys.stderr, flush=True)


def archive(program):
    """The program as Lambda wants it: `bootstrap` in a ZIP, without what only debuggers read."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder) / "bootstrap"
        subprocess.run(["strip", "-o", stripped, program], check=True)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr, entry.compress_type = 0o755 << 16, zipfile.ZIP_DEFLATED
            file.writestr(entry, stripped.read_bytes())
        return packed.getvalue()


def upload(s3, binaries, template):
    """Puts each function's program into the bucket, and its place into the template."""
    for resource in template["Resources"].values():
        if resource["Type"] != FUNCTION:
            continue
        binary = resource["Metadata"]["BuildProperties"]["Binary"]
        code = archive(binaries / binary)
        # Named by what is in it, so that another build is another version.
        key = f"{binary}-{hashlib.sha256(code).hexdigest()[:16]}.zip"
        s3.put_object(Bucket=BUCKET, Key=key, Body=code)
        resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/{key}"
        say(f"· {binary}: {len(code) / 1e6:.1f} MB")
        del resource["Metadata"]


def expand(template, parameters):
    """The template without SAM: globals and functions become plain resources."""
    common = template["Globals"]["Function"]
    for resource in template["Resources"].values():
        if resource["Type"] == FUNCTION:
            resource["Properties"].setdefault("CodeUri", common.get("CodeUri"))
    common.pop("CodeUri", None)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Logs::SubscriptionFilter":
            # The emulator wants every word of a pattern in a line; the alerts function chooses for itself anyway.
            resource["Properties"]["FilterPattern"] = ""
    try:
        return transform(template, parameters, ManagedPolicyLoader(None))
    except InvalidDocumentException as error:
        sys.exit("The template can't be expanded: " + "; ".join(cause.message for cause in error.causes))


def deploy(client, stack, template, parameters):
    """Makes or updates the stack of the template at this address, and waits."""
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    what = {
        "StackName": stack,
        "TemplateURL": template,
        "Parameters": given,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    }
    try:
        client.describe_stacks(StackName=stack)
        client.update_stack(**what)
    except ClientError as error:
        told = error.response["Error"]["Message"]
        if "No updates" in told:
            return describe(client, stack)
        if "does not exist" not in told:
            raise
        client.create_stack(**what)
    while True:
        found = describe(client, stack)
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            return found
        time.sleep(0.5)


def describe(client, stack):
    return client.describe_stacks(StackName=stack)["Stacks"][0]


def failures(client, stack):
    """Why a deployment failed: the reasons of the resources that did."""
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in reversed(failed)]


def settled(client, stack, found):
    """Ends with the reasons where the stack is not as it was told to be."""
    if found["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        sys.exit("\n".join([f"The stack is {found['StackStatus']}.", *failures(client, stack)]))


def resources(client, stack):
    """The ids of the stack's resources by their names in the template."""
    found = client.describe_stack_resources(StackName=stack)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stack", required=True)
    parser.add_argument("--binaries", required=True, type=pathlib.Path)
    parser.add_argument("--parameter", action="append", default=[])
    arguments = parser.parse_args()
    parameters = dict(pair.split("=", 1) for pair in arguments.parameter)
    # Python's SDK reads another name than the rest.
    os.environ.setdefault("AWS_DEFAULT_REGION", os.environ["AWS_REGION"])
    s3, formation = boto3.client("s3", config=CLIENT), boto3.client("cloudformation", config=CLIENT)
    place = {"LocationConstraint": os.environ["AWS_REGION"]}
    try:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    # On AWS somebody has proved before that the sender is theirs.
    sender = parseaddr(parameters["MailSender"])[1]
    boto3.client("ses", config=CLIENT).verify_email_identity(EmailAddress=sender)
    template = yaml_parse((ROOT / "template.yaml").read_text())
    upload(s3, arguments.binaries, template)
    expanded = expand(template, parameters)
    # Longer than a call may be: it goes through the bucket, as `sam deploy` sends it.
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(expanded).encode())
    address = f"{s3.meta.endpoint_url}/{BUCKET}/template.json"
    say("· making the stack")
    settled(formation, arguments.stack, deploy(formation, arguments.stack, address, parameters))
    ids = resources(formation, arguments.stack)
    # Without CloudFront pictures are served by the bucket itself, whose name is known only now.
    say("· updating it")
    parameters["MediaUrl"] = f"{s3.meta.endpoint_url}/{ids['MediaBucket']}"
    settled(formation, arguments.stack, deploy(formation, arguments.stack, address, parameters))
    print(f"{s3.meta.endpoint_url}/_aws/execute-api/{ids['Api']}/$default")


if __name__ == "__main__":
    main()
