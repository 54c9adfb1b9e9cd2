"""Serves the groups of jobs that are written in Python."""

import asyncio
import logging
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import choices
from statistics import median, quantiles

from temporalio import activity
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker

from codec import data_converter
from contract import FinalError, GroupOutcome, GroupTask, group

TASK_QUEUE = "python"
GROUPS_AT_A_TIME = 4
MIN_PRICES = 3
# So many times farther from the median than half of the prices are.
FAR_AWAY = 5


@group("summarizePrices")
def summarize_prices(task: GroupTask) -> GroupOutcome:
    """The median of prices and how sure it is; prices that are far away from it are to be checked."""
    product, prices = task["input"]["product"], task["data"]["prices"]
    if len(prices) < MIN_PRICES:
        raise FinalError(f"{len(prices)} prices of {product} are too few, {MIN_PRICES} are needed")
    medians = []
    for done in range(task["input"].get("rounds", 1_000)):
        if done % 1_000 == 0:
            # Tells that this try is alive; by the answer it learns that the job is over, and ends by an exception.
            activity.heartbeat(done)
        medians.append(median(choices(prices, k=len(prices))))
    low, *_, high = quantiles(medians, n=20) if len(medians) > 1 else (min(prices), max(prices))
    middle = median(prices)
    spread = median(abs(price - middle) for price in prices)
    far = [price for price in prices if abs(price - middle) > FAR_AWAY * spread]
    return {
        "data": {**task["data"], "summary": {"median": middle, "low": low, "high": high}},
        "children": [
            {"type": "check-price", "input": {"product": product, "price": price}, "tenant": task["job"]["tenant"]}
            for price in far
        ],
        "contributions": [
            {
                "result": "price-reports",
                "counters": {"reports": 1, "prices": len(prices)},
                "lists": {"products": [product]},
            }
        ],
    }


async def main() -> None:
    logging.basicConfig(level=logging.INFO)
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", "localhost:7233")
    converter = data_converter(os.environ.get("PAYLOAD_KEYS", ""))
    client = await Client.connect(**config, data_converter=converter)
    stopping = asyncio.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, stopping.set)
    with ThreadPoolExecutor(GROUPS_AT_A_TIME) as executor:
        async with Worker(
            client,
            task_queue=TASK_QUEUE,
            activities=[summarize_prices],
            activity_executor=executor,
            max_concurrent_activities=GROUPS_AT_A_TIME,
            # A group learns within this time that its job is over.
            max_heartbeat_throttle_interval=timedelta(seconds=1),
            # What runs may end; after this it is called off, and tried again elsewhere.
            graceful_shutdown_timeout=timedelta(seconds=20),
        ):
            logging.info("Serving groups on task queue %s", TASK_QUEUE)
            await stopping.wait()


if __name__ == "__main__":
    asyncio.run(main())
