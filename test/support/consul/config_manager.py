"""The plan's ConfigManager as its services use it; a watcher that has been woken ends the program."""

import sys
import threading

import yaml
from consul import Consul


class ConfigManager:
    def __init__(self, consul_host="localhost", consul_port=8500):
        self.consul = Consul(host=consul_host, port=consul_port)
        self.cache = {}

    def get_config(self, service_name, config_key):
        cache_key = f"{service_name}:{config_key}"
        if cache_key in self.cache:
            return self.cache[cache_key]
        index, data = self.consul.kv.get(f"config/{service_name}/{config_key}")
        if data:
            config_value = yaml.safe_load(data["Value"].decode("utf-8"))
            self.cache[cache_key] = config_value
            return config_value
        return None

    def watch_config(self, service_name, callback):
        def config_watcher():
            index = None
            while True:
                index, data = self.consul.kv.get(f"config/{service_name}/", index=index, wait="30s")
                if data:
                    callback(data)

        thread = threading.Thread(target=config_watcher)
        thread.daemon = True
        thread.start()


service = sys.argv[1]
manager = ConfigManager()
print("database", manager.get_config(service, "database"), flush=True)
try:
    print("other", manager.get_config("user-service", "database"), flush=True)
except Exception as error:
    print("other", type(error).__name__, flush=True)

seen = set()
woken = threading.Event()


def on_config_change(data):
    # The first answer is what is there; a second one comes when it changes.
    seen.add(data["Value"])
    print("watching" if len(seen) == 1 else "woken", flush=True)
    if len(seen) > 1:
        woken.set()


manager.watch_config(service, on_config_change)
# Less than the 30 s after which a query ends that nothing has woken.
sys.exit(0 if woken.wait(timeout=25) else 1)
