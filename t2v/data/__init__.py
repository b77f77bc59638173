"""What training learns from: the grammar of captions, drawn scenes, dataset folders, batches.

A clip and its caption come from here, whether drawn anew or read from a disk. It must not know who learns from them: no
network, no loss, no checkpoint.

- Captions: `grammar` (of drawn scenes, and what is held out of training), `captions` (of people's own clips),
  `vocabulary`, `negatives`; of stories in `stories/`.
- Drawn clips: `draws` (random numbers), `tracks` (motions), `scenes`, `render`, `sprites`; `worlds` joins captions and
  scenes; `things` of one's own.
- Written datasets: `writer`, `png`.
- Folders of clips, from the zip to the open folder: `archive`, `find_clips`, `tables`, `survey`, `folder`,
  `clip_folder`, in any of their `encodings`; what they hold: `check`, `collect`, `forms`, `suitability`.
- Batches: `batches` of scenes, `folder_stream` of folders (`decode_ahead`), `rehearsal` of both.
"""
