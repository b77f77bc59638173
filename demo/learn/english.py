"""Every string of the Learn tab in English; `russian.py` has the same names. {fields} are filled in by the figures."""

ENGLISH = {
    "learn": "Learn",
    "chapter": "Chapter",
    "back": "Back",
    "next": "Next",
    "present": "Present (Esc to leave)",
    "link": "Link to this chapter with its settings",
    "link_label": "Link",
    "settings": "Checkpoint, prompt, seed",
    "checkpoint": "Checkpoint",
    "prompt": "Prompt",
    "seed": "Seed",
    "answer": "Answer",
    "code": "The code of this chapter",
    "handout": "Printable hand-out",
    "handout_file": "Hand-out",
    "handout_title": "Worksheet: how a network learns to draw moving pictures",
    "handout_name": "Name",
    "handout_date": "Date",
    "handout_link": "The page:",
    "handout_answers": "Answers",
    "no_grammar": "This checkpoint learned its own captions; choose one with a grammar.",
    "no_discriminator": "This checkpoint holds no discriminator: only the generator was kept. Choose another one, or "
    "train your own in the tab Train.",
    "real": "real",
    "generated": "generated",
    "slot_size": "size",
    "slot_colour": "colour",
    "slot_shape": "shape",
    "slot_motion": "motion",
    "slot_speed": "speed",
    "slot_all": "everything",
    # 1
    "title_1": "1. What a GAN is",
    "text_1": "A GAN is a game of two networks. The *generator* gets random numbers and a caption and draws a clip. "
    "The *discriminator* gets a clip and a caption and gives a score: high for a real clip that fits its caption, low "
    "otherwise. The discriminator learns to tell real from generated; the generator learns to raise its own score. "
    "Nobody tells the generator what a circle is.\n\nBelow are two clips of one caption. One was drawn by exact rules, "
    "the other by the chosen checkpoint.",
    "try_1": "**Try:** guess which one is real. Then choose another checkpoint above: does guessing get easier?",
    "question_1": "**Question:** why is the generator not simply shown what the right picture looks like?",
    "answer_1": "There is no single right picture: `circle moving left` may start anywhere and have any size. Copying "
    "the average of all of them would give a blur. A discriminator accepts any clip that looks real.",
    "is_a": "A is real",
    "is_b": "B is real",
    "another": "Another pair",
    "players_prompt": "Caption: {prompt}",
    "players_right": "Right: {name} is the real one.",
    "players_wrong": "No: {name} is the real one.",
    # 2
    "title_2": "2. The data",
    "text_2": "The clips are drawn by a program, so every caption is known to be true. The original tutorial computes "
    "positions with `frame * 5 % 64`. In Python `-5 % 64` is 59: a step to the left becomes a leap to the right, and "
    "the circle leaves the picture. Its circles also all start in the middle, so a prompt has only one clip.\n\n"
    "Our scenes start at random places, with random size and speed, and nothing wraps around.",
    "try_2": "**Try:** choose `moving left` and count the white frames. Then make a motion of your own: at which "
    "angle does the caption change, and when is there none?",
    "question_2": "**Question:** why are some combinations never shown in training?",
    "answer_2": "To find out whether the model learned words or clips by heart. If it has never seen a green star "
    "moving up and draws it rightly, it has put together what it knows of *green*, *star* and *up*.",
    "motion": "Motion",
    "angle": "Direction (degrees)",
    "travel": "Travel",
    "radius": "Radius",
    "data_theirs": "The tutorial's formulas: {blank} of {frames} frames are blank",
    "data_ours": "Ours: {blank} of {frames} frames are blank",
    "data_counted": "Over its 18 prompts the tutorial's formulas give {blank} blank frames of {frames}, and only "
    "{distinct} different clips of {clips}. Its published code also forgets to draw the circle, so all were blank.",
    "data_caption": "caption that the reader finds",
    "data_no_caption": "none: this is no motion of the grammar",
    "data_tensor": "tensor (clip, frame, colour, row, column)",
    "data_pixel": "red, green, blue of pixel {x}, {y} in frame 0",
    "data_held_out": "Filled cells were never shown in training: {never} of {of} combinations of thing (row) and "
    "motion (column). The framed cell is the prompt above.",
    # 3
    "title_3": "3. Words to numbers",
    "text_3": "A network computes with numbers, so every word gets a number, its *token*, and for each token a list of "
    "numbers that training adjusts: its *embedding*. Hyphens split words: `up-right` becomes `up` and `right`, so "
    "what is learned of *up* helps with *up-right*. Zeros fill the row up to a fixed length.\n\nEmbeddings start out "
    "random, and in a small model they change little. Two GRUs read the prompt, one forwards and one backwards, and "
    "give each word a *state*: the word in its context. The map shows each word's state, averaged over many prompts, "
    "in the two directions in which the words differ most (PCA).\n\nThe generator does not use all words at once. "
    "Each of its layers asks twice: *what am I?* and, at every time, *how do I move now?* *Attention* answers with a "
    "weight for each word; the weights add up to 1.",
    "try_3": "**Try:** write `circle moving up then right` and look when `up` and when `right` is dark. Compare a "
    "trained checkpoint with a barely trained one.",
    "question_3": "**Question:** is `up then right` the same to the model as `right then up`?",
    "answer_3": "Not to ours: the GRUs read the words in order, and attention finds the first direction early and the "
    "second one late. The tutorial averages the words' embeddings; any order gives the same average.",
    "attention_map": "Attention of layer {layer}: the darker, the more the word counts",
    "attention_identity": "what it is",
    "attention_motion": "how it moves, head {head}, over time",
    "attention_none": "This model has no layers that attend to words: the tutorial's network averages all words.",
    "words_map": "map of the words",
    "words_grouped": "Distance between words of one kind, divided by that between kinds (1: no groups): {share:.2f} "
    "on this map, {table:.2f} in the table of embeddings, where each word has {size} numbers.",
    "words_order": "Reversing the words changes the code by {share:.0%}: word order counts.",
    # 4
    "title_4": "4. The generator",
    "text_4": "A clip is a *background* and one or more *layers* that move over it, as paper figures move over a "
    "stage.\n\nFor each layer, attention and noise decide three things. Its *appearance* is a small picture, drawn "
    "once by convolutions: colours, and for each pixel the distance to the edge, which becomes *alpha*, how much the "
    "pixel covers. Its *trajectory* is position, size and angle over time: at each time the words give a velocity, "
    "and velocities add up to a path. *Presence* says whether it is there, *depth* which layer is in front.\n\nThen "
    "each layer is moved, scaled, turned, and laid over the background. Time is an input, so all frames show the same "
    "thing, and a little later means a little further. The tutorial's network instead draws every frame alone, with "
    "new noise each time; time is no input of it.",
    "try_4": "**Try:** slide the time, then the noise. What changes with the time, and what stays? Write `circle "
    "moving up then right`: which word counts when? If a baseline checkpoint is here, choose it and slide the time "
    "again.",
    "question_4": "**Question:** why does the tutorial's video flicker, and ours move smoothly?",
    "answer_4": "The tutorial's frames are ten separate pictures of ten separate noises: nothing joins one to the "
    "next. In ours one noise belongs to the whole clip, and the path is one line in time: neighbouring frames are "
    "neighbouring points of it.\n\nAfter [LR-GAN](https://arxiv.org/abs/1703.01560) (layers), "
    "[spatial transformers](https://arxiv.org/abs/1506.02025) (moving a picture), "
    "[AIR](https://arxiv.org/abs/1603.08575) (what, where and whether) and "
    "[DTI-Sprites](https://arxiv.org/abs/2104.14575) (learned sprites).",
    "inside_layer": "Layer {layer}",
    "inside_sentence": "1 the sentence as numbers",
    "instant": "Time, from 0 to 1",
    "direction": "Along a direction of the noise",
    "inside_noise": "2 the noise",
    "inside_attention": "3 attention: how much each word counts for the motion, over time; red: now",
    "inside_appearance": "4 appearance: colours, where alpha lets them be seen",
    "inside_distance": "5 distance to the edge: amber inside, indigo outside",
    "inside_trajectory": "6 trajectory over time; red: now",
    "inside_pose": "7 the path, and where the appearance is laid now",
    "inside_alpha": "8 the layer now, over nothing",
    "inside_background": "9 background",
    "inside_composite": "10 composite: the frame",
    "inside_size": "size",
    "inside_turn": "turns",
    "inside_picture": "the picture",
    "inside_numbers": "Position {x:.2f}, {y:.2f}; size {size:.2f}; turned by {turn:.2f} turns; presence "
    "{presence:.2f}; depth {depth:.2f}.",
    "inside_clip": "The whole clip: one noise, ten times",
    "inside_clip_baseline": "The whole clip: ten noises, no time",
    "inside_maps": "{side}x{side}: the strongest of {channels} maps",
    # 5
    "title_5": "5. The discriminator",
    "text_5": "The discriminator has two heads, and each gives a score. The *motion* head sees all eight frames, but "
    "only 16x16 pixels of each. The *glimpses* head sees three frames sharply, but only a square around what stands "
    "out most, and how it changes towards the next frame. So the first learns how things move, the second what they "
    "look like.\n\nEach score is a sum of two: how real the clip looks, and how well the caption fits. The second is "
    "an inner product of what the head sees with what the caption says. A generated clip should score lower than a "
    "real one, and so should a real clip whose caption is wrong; that makes the generator follow the words. Scores "
    "have no unit: only differences count.\n\nRed marks the pixels that would change the score most: the gradient of "
    "the score by the input. Blue squares are the glimpses.",
    "try_5": "**Try:** change the seed and the prompt. Is the order of the bars always the same? Which head notices a "
    "wrong motion, and which a wrong colour?",
    "question_5": "**Question:** what happens if the discriminator never gets the caption, as in the tutorial?",
    "answer_5": "Then a real clip scores the same under any caption. Any clip that looks real is good enough, and the "
    "generator has no reason to draw what was asked. Chapter 6 lets you try it.",
    "judge_real": "real: {caption}",
    "judge_generated": "generated: {caption}",
    "judge_wrong": "real, wrong caption: {caption}",
    "judge_heat": "where the score is sensitive; squares: the glimpses",
    "judge_small": "what the motion head sees: 16x16 pixels",
    "judge_glimpses": "glimpses",
    "judge_real_by_motion": "motion: real",
    "judge_fit_by_motion": "motion: caption fits",
    "judge_real_by_glimpses": "glimpses: real",
    "judge_fit_by_glimpses": "glimpses: caption fits",
    "judge_fits": "How well a caption fits",
    "judge_no_glimpses": "Training starts with the motion head alone; this one ended before glimpses joined.",
    "judge_deaf": "Both captions give exactly the same score: this discriminator ignores the caption.",
    "judge_hears": "The caption changes the score: this discriminator uses it.",
    # 6
    "title_6": "6. Training, one step at a time",
    "text_6": "This GAN is so small that it trains in your browser: 63,000 weights, and a world of discs in four "
    "colours that move four ways, so there are sixteen captions. As in chapter 4, its generator draws a small picture "
    "and a path; its discriminator sees four frames of 8x8 pixels. A *D step* shows the discriminator real and "
    "generated clips and corrects it. A *G step* corrects the generator by the discriminator's score. Training takes "
    "the two in turn, about a hundred times.\n\nEach switch breaks one thing, begins again and runs. The grey line "
    "was recorded with nothing broken.",
    "try_6": "**Try:** take D steps only: do the pictures change? Then run until most clips are right. Then set one "
    "switch at a time.",
    "question_6": "**Question:** with *no text in D*, why does the share of right clips stay about one in sixteen, "
    "however long it runs?",
    "answer_6": "There are sixteen captions. If the discriminator never reads them, nothing makes the generator follow "
    "them: it is right by luck, one time in sixteen. Its clips may look perfectly real. The other switches show "
    "elsewhere: *new noise* in clips that tremble, *learning rate x10* in clips that learn next to nothing. *No "
    "penalty* does little harm in so short a training; in a long one scores grow without end.",
    "d_step": "One D step",
    "g_step": "One G step",
    "both_step": "Both",
    "run": "Run",
    "slow": "Slow",
    "halt": "Stop",
    "reset": "Reset",
    "switch_deaf": "no text in D",
    "switch_restless": "new noise each frame",
    "switch_unpenalised": "no gradient penalty",
    "switch_hasty": "learning rate x10",
    "steps_wait": "The networks are on their way.",
    "steps_said": "D steps {d}, G steps {g}. Right clips: {right} of 64 (chance 6%). Jitter: {jitter} of the frame.",
    "steps_losses": "losses",
    "steps_scores": "mean scores",
    "steps_measured": "share of right clips",
    "steps_right": "right",
    "steps_healthy": "recorded: nothing broken",
    "steps_printed": "Recorded with nothing broken. Set one switch and draw the curve that you see into the plot.",
    "steps_ended": "500 steps are done. Reset begins again.",
    # 7
    "title_7": "7. Saving and generating",
    "text_7": "A checkpoint is a folder: the generator's weights, the words in their order, how it was trained, and "
    "what was measured. The words must be saved with the weights: if *up* were another number tomorrow, the model "
    "would not understand it. The tutorial saves neither the vocabulary nor the text embedding.\n\nTo generate: words "
    "become tokens, the network draws all frames at once, and the frames are written as a file.",
    "try_7": "**Try:** draw the file again with another seed. Which stage takes the time?",
    "question_7": "**Question:** why is the discriminator not needed to generate?",
    "answer_7": "It is the teacher. Once the generator has learned, it draws alone.",
    "saving_file": "file",
    "saving_kib": "KiB",
    "saving_parts": "Weights of each part of the generator:",
    "saving_stage": "stage",
    "saving_tokens": "words to tokens",
    "saving_network": "the network draws",
    "saving_written": "the file is written",
    "avi": "AVI file",
    # 8
    "title_8": "8. Unseen prompts",
    "text_8": "The tutorial tests its model with `circle moving up-right`, which it calls unseen. Yet its list trains "
    "`circle moving diagonally up-right`, which is the same motion: the test asks only whether one word may be "
    "missing. An honest test holds combinations out of training altogether.\n\nThe table is the checkpoint's own "
    "measurement; below, try any prompt.",
    "try_8": "**Try:** choose one of the held-out prompts, then one that was trained. Is there a difference?",
    "question_8": "**Question:** why are 95% intervals given beside the shares?",
    "answer_8": "Each share is counted on some hundred clips, so luck plays a part. Two shares whose intervals overlap "
    "widely may not differ at all.",
    "examples": "Held-out prompts",
    "unseen_unmeasured": "This checkpoint has not been measured; 'python -m t2v evaluate' does it.",
    "unseen_seen": "trained prompts",
    "unseen_held_out": "held-out prompts",
    "unseen_held_out_combinations": "new combinations",
    "unseen_held_out_motion": "a motion never shown",
    "unseen_never": "'{prompt}' was never shown in training.",
    "unseen_trained": "'{prompt}' is a combination that training may show.",
    # 9
    "title_9": "9. What is missing, what next",
    "text_9": "This model draws one object on white in some twenty motions. What large systems add:\n\n"
    "- **Data:** millions of filmed clips with captions instead of drawn scenes.\n"
    "- **Text encoders** that were trained on much text and know words that no clip has shown "
    "([CLIP](https://arxiv.org/abs/2103.00020)).\n"
    "- **Diffusion models**, which take many small steps from noise to a clip instead of one "
    "([DDPM](https://arxiv.org/abs/2006.11239), [Video diffusion](https://arxiv.org/abs/2204.03458)). They are easier "
    "to train and slower to draw.\n"
    "- **Size:** thousands of times as many weights; the first table counts them.\n\n"
    "Sources of what is here: [GANs](https://arxiv.org/abs/1406.2661), [R3GAN](https://arxiv.org/abs/2501.05441), "
    "[StyleGAN-V](https://arxiv.org/abs/2112.14683), [DIGAN](https://arxiv.org/abs/2202.10571), "
    "[MoCoGAN](https://arxiv.org/abs/1707.04993).",
    "try_9": "**Try:** train a model of your own in the tab *Train*, "
    "or read `t2v/training/loop.py`: the loop is short.",
    "outlook_model": "model",
    "outlook_weights": "weights",
    "outlook_times": "times this checkpoint",
    "outlook_own": "this checkpoint's generator",
    "outlook_tutorial": "the tutorial's generator",
    "outlook_code": "file, line and name of what it shows",
    "question_9": "**Question:** what is needed to draw two things at once?",
    "answer_9": "The generator can already: it takes up to three layers, each with its own attention to the words. The "
    "captions need `and`, and the data must show pairs, so that training can learn which word belongs to which layer.",
}
