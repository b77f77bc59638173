"""A plot that has left the page is not measured any more.

Upstream: Gradio's LinePlot (6.31) never ends the ResizeObserver of a plot that is removed, as it is where `visible`
    becomes False; the observer then reads the width of nothing and fails, on the console; no issue.
Test: `test_nothing_is_wider_than_the_screen` of the Train tab, whose visits must end without an error.
It can go when the plot disconnects its observer.
"""

MEASURED_WHILE_THERE = """<script>
window.ResizeObserver = class extends window.ResizeObserver {
  constructor(callback) {
    super((entries, observer) => {
      const there = entries.filter(entry => entry.target.isConnected);
      if (there.length) callback(there, observer);
    });
  }
};
</script>"""
