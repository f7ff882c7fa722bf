"""The cells of the notebooks that are opened in browsers. Kernels find the frames of the tests."""

START = {
    "metric": "reply_rate", "against": "rest", "level": 0.95, "min_sends": 0, "search": "", "by": None,
    "sort": "verdict", "ascending": True, "page": 1, "chart": "funnel", "selected_ids": [], "theme": "auto",
}  # fmt: skip

PORTFOLIO = """
import warnings
warnings.simplefilter("ignore")
import ipywidgets, leadlex_pandas
from tests.explorer.frames import portfolio
stats = portfolio()
explorer = leadlex_pandas.explore(stats)
explorer
"""
# in Voila nothing else reaches the kernel
RESET = f"""
reset, times = ipywidgets.Button(description="Start again"), ipywidgets.HTML("<span class='times'>0</span>")
def start_again(_):
    explorer.update(**{START!r})
    explorer._parts["links"].value = ""
    explorer.wait(20)
    times.value = times.value.replace(">" + (count := times.value.split(">")[1].split("<")[0]), f">{{int(count) + 1}}")
reset.on_click(start_again)
ipywidgets.HBox([reset, times])
"""
SERVICE = """
import warnings
warnings.simplefilter("ignore")
import ipywidgets, leadlex_pandas
from leadlex_pandas import sandbox
server = sandbox.start(latency=0.25)
ids = server.campaigns.head(24)
explorer = leadlex_pandas.explore(ids, api_key=server.api_key, base_url=server.url, max_age="0s")
explorer.wait(30)
explorer
"""
