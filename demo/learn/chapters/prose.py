"""What the chapters say, in Markdown: a title, a text, something to try, a question and its answer."""

from typing import NamedTuple

from demo.locale.translate import N_


class Prose(NamedTuple):
    title: str
    text: str
    attempt: str
    question: str
    answer: str


PROSE = {  # by chapter
    1: Prose(
        title=N_("1. What a GAN is"),
        text=N_(
            "A GAN is a game of two networks. The *generator* gets random numbers and a caption and draws "
            "a clip. The *discriminator* gets a clip and a caption and gives a score: high for a real clip "
            "that fits its caption, low otherwise. The discriminator learns to tell real from generated; "
            "the generator learns to raise its own score. Nobody tells the generator what a circle is.\n\n"
            "Below are two clips of one caption. One was drawn by exact rules, the other by the chosen "
            "checkpoint."
        ),
        attempt=N_("**Try:** guess which one is real. Then choose another checkpoint: does guessing get easier?"),
        question=N_("**Question:** why is the generator not simply shown what the right picture looks like?"),
        answer=N_(
            "There is no single right picture: `circle moving left` may start anywhere and have any size. "
            "Copying the average of all of them would give a blur. A discriminator accepts any clip that "
            "looks real."
        ),
    ),
    2: Prose(
        title=N_("2. The data"),
        text=N_(
            "The clips are drawn by a program, so every caption is known to be true. The original tutorial "
            "computes positions with `frame * 5 % 64`. In Python `-5 % 64` is 59: a step to the left "
            "becomes a leap to the right, and the circle leaves the picture. Its circles also all start in "
            "the middle, so a prompt has only one clip.\n\n"
            "Our scenes start at random places, with random size and speed, and nothing wraps around."
        ),
        attempt=N_(
            "**Try:** choose `moving left` and count the white frames. Then make a motion of your own: at "
            "which angle does the caption change, and when is there none?"
        ),
        question=N_("**Question:** why are some combinations never shown in training?"),
        answer=N_(
            "To find out whether the model learned words or clips by heart. If it has never seen a green "
            "star moving up and draws it rightly, it has put together what it knows of *green*, *star* and "
            "*up*."
        ),
    ),
    3: Prose(
        title=N_("3. Words to numbers"),
        text=N_(
            "A network computes with numbers, so every word gets a number, its *token*, and for each token "
            "a list of numbers that training adjusts: its *embedding*. Hyphens split words: `up-right` "
            "becomes `up` and `right`, so what is learned of *up* helps with *up-right*. Zeros fill the "
            "row up to a fixed length.\n\n"
            "Embeddings start out random, and in a small model they change little. Two GRUs read the "
            "prompt, one forwards and one backwards, and give each word a *state*: the word in its "
            "context. The map shows each word's state, averaged over many prompts, in the two directions "
            "in which the words differ most (PCA).\n\n"
            "The generator does not use all words at once. Each of its layers asks twice: *what am I?* "
            "and, at every time, *how do I move now?* *Attention* answers with a weight for each word; the "
            "weights add up to 1."
        ),
        attempt=N_(
            "**Try:** write `circle moving up then right` and look when `up` and when `right` is dark. "
            "Compare a trained checkpoint with a barely trained one."
        ),
        question=N_("**Question:** is `up then right` the same to the model as `right then up`?"),
        answer=N_(
            "Not to ours: the GRUs read the words in order, and attention finds the first direction early "
            "and the second one late. The tutorial averages the words' embeddings; any order gives the "
            "same average."
        ),
    ),
    4: Prose(
        title=N_("4. The generator"),
        text=N_(
            "A clip is a *background* and one or more *layers* that move over it, as paper figures move "
            "over a stage.\n\n"
            "For each layer, attention and noise decide three things. Its *appearance* is a small picture, "
            "drawn once by convolutions: colours, and for each pixel the distance to the edge, which "
            "becomes *alpha*, how much the pixel covers. Its *trajectory* is position, size and angle over "
            "time: at each time the words give a velocity, and velocities add up to a path. *Presence* "
            "says whether it is there, *depth* which layer is in front.\n\n"
            "Then each layer is moved, scaled, turned, and laid over the background. Time is an input, so "
            "all frames show the same thing, and a little later means a little further. The tutorial's "
            "network instead draws every frame alone, with new noise each time; time is no input of it."
        ),
        attempt=N_(
            "**Try:** slide the time, then the noise. What changes with the time, and what stays? Write "
            "`circle moving up then right`: which word counts when? If a baseline checkpoint is here, "
            "choose it and slide the time again."
        ),
        question=N_("**Question:** why does the tutorial's video flicker, and ours move smoothly?"),
        answer=N_(
            "The tutorial's frames are ten separate pictures of ten separate noises: nothing joins one to "
            "the next. In ours one noise belongs to the whole clip, and the path is one line in time: "
            "neighbouring frames are neighbouring points of it.\n\n"
            "After [LR-GAN](https://arxiv.org/abs/1703.01560) (layers), [spatial "
            "transformers](https://arxiv.org/abs/1506.02025) (moving a picture), "
            "[AIR](https://arxiv.org/abs/1603.08575) (what, where and whether) and "
            "[DTI-Sprites](https://arxiv.org/abs/2104.14575) (learned sprites)."
        ),
    ),
    5: Prose(
        title=N_("5. The discriminator"),
        text=N_(
            "The discriminator has two heads or three, and each gives a score. The *motion* head sees all eight "
            "frames, but only 16x16 pixels of each. The *glimpses* head sees three frames sharply, but "
            "only a square around what stands out most, and how it changes towards the next frame. So the "
            "first learns how things move, the second what they look like. Where there may be several things, "
            "a third head, *words*, lets each word look for the glimpses that it is about, so that it matters "
            "which thing is on the left.\n\n"
            "Each score is a sum of two: how real the clip looks, and how well the caption fits. The "
            "second is an inner product of what the head sees with what the caption says. A generated clip "
            "should score lower than a real one, and so should a real clip whose caption is wrong; that "
            "makes the generator follow the words. Scores have no unit: only differences count.\n\n"
            "Red marks the pixels that would change the score most: the gradient of the score by the "
            "input. Blue squares are the glimpses."
        ),
        attempt=N_(
            "**Try:** change the seed and the prompt. Is the order of the bars always the same? Which head "
            "notices a wrong motion, and which a wrong colour?"
        ),
        question=N_("**Question:** what happens if the discriminator never gets the caption, as in the tutorial?"),
        answer=N_(
            "Then a real clip scores the same under any caption. Any clip that looks real is good enough, "
            "and the generator has no reason to draw what was asked. Chapter 6 lets you try it."
        ),
    ),
    6: Prose(
        title=N_("6. Training, one step at a time"),
        text=N_(
            "This GAN is so small that it trains in your browser: 63,000 weights, and a world of discs in "
            "four colours that move four ways, so there are sixteen captions. As in chapter 4, its "
            "generator draws a small picture and a path; its discriminator sees four frames of 8x8 pixels. "
            "A *D step* shows the discriminator real and generated clips and corrects it. A *G step* "
            "corrects the generator by the discriminator's score. Training takes the two in turn, about a "
            "hundred times.\n\n"
            "Each switch breaks one thing, begins again and runs. The grey line was recorded with nothing "
            "broken."
        ),
        attempt=N_(
            "**Try:** take D steps only: do the pictures change? Then run until most clips are right. Then "
            "set one switch at a time."
        ),
        question=N_(
            "**Question:** with *no text in D*, why does the share of right clips stay about one in "
            "sixteen, however long it runs?"
        ),
        answer=N_(
            "There are sixteen captions. If the discriminator never reads them, nothing makes the "
            "generator follow them: it is right by luck, one time in sixteen. Its clips may look perfectly "
            "real. The other switches show elsewhere: *new noise* in clips that tremble, *learning rate "
            "x10* in clips that learn next to nothing. *No penalty* does little harm in so short a "
            "training; in a long one scores grow without end."
        ),
    ),
    7: Prose(
        title=N_("7. Saving and generating"),
        text=N_(
            "A checkpoint is a folder: the generator's weights, the words in their order, how it was "
            "trained, and what was measured. The words must be saved with the weights: if *up* were "
            "another number tomorrow, the model would not understand it. The tutorial saves neither the "
            "vocabulary nor the text embedding.\n\n"
            "To generate: words become tokens, the network draws all frames at once, and the frames are "
            "written as a file."
        ),
        attempt=N_("**Try:** draw the file again with another seed. Which stage takes the time?"),
        question=N_("**Question:** why is the discriminator not needed to generate?"),
        answer=N_("It is the teacher. Once the generator has learned, it draws alone."),
    ),
    8: Prose(
        title=N_("8. Unseen prompts"),
        text=N_(
            "The tutorial tests its model with `circle moving up-right`, which it calls unseen. Yet its "
            "list trains `circle moving diagonally up-right`, which is the same motion: the test asks only "
            "whether one word may be missing. An honest test holds combinations out of training "
            "altogether.\n\n"
            "The table is the checkpoint's own measurement."
        ),
        attempt=N_("**Try:** choose one of the unseen prompts, then one that was trained. Is there a difference?"),
        question=N_("**Question:** why are 95% intervals given beside the shares?"),
        answer=N_(
            "Each share is counted on some hundred clips, so luck plays a part. Two shares whose intervals "
            "overlap widely may not differ at all."
        ),
    ),
    9: Prose(
        title=N_("9. What is missing, what next"),
        text=N_(
            "This model draws one object on white in some twenty motions. What large systems add:\n\n"
            "- **Data:** millions of filmed clips with captions instead of drawn scenes.\n"
            "- **Text encoders** that were trained on much text and know words that no clip has shown "
            "([CLIP](https://arxiv.org/abs/2103.00020)).\n"
            "- **Diffusion models**, which take many small steps from noise to a clip instead of one "
            "([DDPM](https://arxiv.org/abs/2006.11239), [Video "
            "diffusion](https://arxiv.org/abs/2204.03458)). They are easier to train and slower to draw.\n"
            "- **Size:** thousands of times as many weights; the first table counts them.\n\n"
            "Sources of what is here: [GANs](https://arxiv.org/abs/1406.2661), "
            "[R3GAN](https://arxiv.org/abs/2501.05441), [StyleGAN-V](https://arxiv.org/abs/2112.14683), "
            "[DIGAN](https://arxiv.org/abs/2202.10571), [MoCoGAN](https://arxiv.org/abs/1707.04993)."
        ),
        attempt=N_(
            "**Try:** train a model of your own in the tab *Train*, or read `t2v/training/loop.py`: the loop is short."
        ),
        question=N_("**Question:** what is needed to draw two things at once?"),
        answer=N_(
            "The generator can already: it takes up to three layers, each with its own attention to the "
            "words. The captions need `and`, and the data must show pairs, so that training can learn "
            "which word belongs to which layer."
        ),
    ),
}
