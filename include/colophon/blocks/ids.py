"""Ids of use cases that others name, each said here alone: what they have sent is asked of the ledger by them."""

LAUNCH_VIDEOS, COMPANION_MEDIA = RENDERED = ("bytenite__launch_videos", "bytenite__companion_media")
"""Those that have files rendered, which the video library then shows."""
PARTY_SYNC = "xconnector__party_sync"
PRODUCTION_ORDERS = "xconnector__production_orders"
READER_CAMPAIGNS = "exstream__reader_campaigns"
SERVICE_OUTCOMES = "exstream__service_outcomes"
SYNDICATION = "xconnector__metadata_syndication"
VIDEO_ASSETS = "bytenite__video_assets"
