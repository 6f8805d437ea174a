"""The form of OpenText Exstream's connection type."""

from typing import Any

from colophon_airflow.systems.form_fields import HTTP_FIELDS, PORT, json_object, number, switch, text

FORM: dict[str, Any] = {
    "connection-type": "opentext_exstream",
    "hook-name": "OpenText Exstream",
    "hook-class-name": "colophon_airflow.systems.opentext_exstream.hook.OpentextExstreamHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {"port": PORT, "host": "Address (DOC)", "login": "Client id (DOC)", "password": "Client secret (DOC)"},
        "placeholders": {
            "port": "0",
            "host": "https://communication.us.api.opentext.com",
            "login": "client id",
            "password": "client secret",
        },
    },
    "conn-fields": {
        "domain": text("Domain (DOC)", "A set of resources, such as acme-test."),
        "production": switch("Production (DOC)", "The domain costs a licence transaction for each customer; both sides must say so."),
        "tenant": text("Tenant (DOC)", "The token endpoint is discovered by it, unless one is given."),
        "token_url": text("Token URL (DOC)", "Instead of discovery."),
        "otds_url": text("OTDS URL (DOC)", "Instead of discovery; own servers with /otdsws at its end."),
        "subscription": text("Subscription (DOC)", "Becomes part of the scope, in the public cloud."),
        "scope": text("Scope (DOC)", "Instead of the usual one."),
        "batch_path": text("Batch path (ASM)", "Of the POST of a batch.", "/orchestration/api/v1/inputs/batch/{domain}/{service}"),
        "service_map": json_object("Channels (DOC)", "JSON: kind of document to channel name, where they differ."),
        "external_id": switch("External id (ASM)", "The batch key goes as header externalId, and jobs are found by it."),
        "csrf": switch("CSRF (ASM)", "Ask for a token before each input: only where the ingress wants one."),
        "empower": switch("Empower (DOC)", "Send the header empowerUser."),
        "delivery_key_name": text("Delivery key (ASM)", "Customer key of the design with our delivery id.", "ColophonDeliveryId"),
        "batch_key_name": text("Batch key (ASM)", "Customer key of the design with our batch key.", "ColophonBatchKey"),
        "batch_customers": number("Customers in a batch", "At most.", 1000, minimum=1),
        "batch_bytes": number("Bytes in a batch", "At most.", 50_000_000, minimum=1),
        "input_mode": text("Input (DOC)", "By HTTP, or as files in the folder of a directory channel.", "http", enum=["http", "directory"]),
        "input_location": text("Input folder", "For directory: folder or bucket."),
        "input_conn_id": text("Input folder's connection", "For directory: connection whose extra opens that place."),
        "job_deadline": number("Job deadline (s)", "How long a run waits for jobs.", 21600, minimum=1),
        "outcome_source": text("Outcomes from (EXT)", "feed, callback, files; several with commas between them."),
        "outcomes_location": text("Outcome files (EXT)", "Folder or bucket with CSV files."),
        "eventmetrics": switch("E-mail events (ASM)", "Read the route that the vendor calls internal."),
        "hook_scheme": text("Callback scheme", "How callbacks are signed.", "standard", enum=["standard", "shared_secret", "basic"]),
        "hook_secret": text("Callback secret", "whsec_...; several with blanks between them.", format="password"),
        **HTTP_FIELDS,
        "max_concurrency": number("Calls at once", "The service queues what is more.", 2, minimum=1),
        "settle_seconds": number("Settle time (s)", "How long a lost batch may take to show before it is looked for.", 120),
    },
}
