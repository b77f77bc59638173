"""A photo is taken as soon as the camera gives a picture, also where the button was faster.

Upstream: Gradio (6.31) shows the button once the camera may be used, a moment before its first picture; a click until
    then takes nothing, says nothing and closes the camera; no issue.
Test: `test_a_photo_is_taken_however_early_the_click`.
It can go when the button waits for the camera's first picture.
"""

PHOTO_WAITS = """<script>
addEventListener('click', event => {
  const button = event.target.closest?.('[aria-label="capture photo"]');
  const video = button?.closest('.wrap')?.querySelector('video');
  if (!video || video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return;
  event.stopImmediatePropagation();
  video.addEventListener('loadeddata', () => button.click(), {once: true});
}, true);
</script>"""
