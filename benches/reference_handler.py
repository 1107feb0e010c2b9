"""A common handler as the reference of measurements: one boto3 resource, one put_item after another."""

import datetime
import decimal
import http.client
import json
import os

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["EVENTS_TABLE_NAME"])


def handle(event):
    failures = []
    for record in event["Records"]:
        try:
            body = json.loads(record["body"], parse_float=decimal.Decimal)
            detail = body.get("detail", body)
            now = datetime.datetime.now(datetime.timezone.utc)
            TABLE.put_item(
                Item={
                    "shipment_id": detail["shipment_id"],
                    "event_timestamp": detail["event_timestamp"],
                    "event_type": detail["event_type"],
                    "event_data": detail.get("event_data", {}),
                    "processing_status": "PROCESSED",
                    "processed_at": now.isoformat(),
                    "expires_at": int(now.timestamp()) + 90 * 86_400,
                }
            )
        except Exception:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def main():
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        runtime.request("GET", "/2018-06-01/runtime/invocation/next")
        answer = runtime.getresponse()
        event = json.loads(answer.read())
        request = answer.headers["Lambda-Runtime-Aws-Request-Id"]
        response = json.dumps(handle(event))
        runtime.request("POST", f"/2018-06-01/runtime/invocation/{request}/response", response)
        runtime.getresponse().read()


main()
