"""The layered video GAN: what its parts are for, by what they do."""

import copy
import math
from dataclasses import replace

import pytest
import torch

from t2v.config import ModelConfig, TrainConfig, from_json, to_json
from t2v.data.batches import SceneStream
from t2v.data.vocabulary import grammar_vocabulary
from t2v.gan.losses import gradient_penalty, policy_loss, unevenness
from t2v.gan.make import make_gan
from t2v.models.compositing import Scene, Trajectory, as_shown, interpolate_keyframes, visibility
from t2v.models.discriminator import PLACE_AND_STEP, CaptionFeatures, Discriminator, contrast
from t2v.models.following import Following
from t2v.models.generator import Generator
from t2v.models.glimpses import centroids, crop, salience_of, salient_places
from t2v.models.matching import GlimpseFeatures, WordFeatures, fit
from t2v.models.placing import candidates, keep_apart, overlap
from t2v.models.presence import Presence, shown
from t2v.models.text import Attention, CaptionPlaces, TextEncoder, nearness
from t2v.presets import with_layers

WORDS = 20
TOKENS = torch.tensor([[3, 4, 5, 0, 0], [6, 7, 0, 0, 0]])
TIMES = torch.linspace(0, 1, 8).expand(2, -1)
SMALL = ModelConfig(frame_size_px=32, code_size=32, text_size=32, word_size=16, hidden_size=16, decoder_channels=16)


def make(config=SMALL, seed=0):
    torch.manual_seed(seed)
    return Generator(config, WORDS)


def noise_for(generator, clips=2, seed=0):
    return generator.make_noise(torch.Generator().manual_seed(seed), clips, 8)


def disc_scene(position, size=0.5, angle=0.0, background=1.0, depth=0.0):
    """A scene of one black disc at positions (I + 1, 2) on an even background."""
    steps = len(position)
    line = torch.linspace(-1, 1, 16)
    distance = 8 * (0.6 - (line[:, None].square() + line.square()).sqrt())
    texture = torch.cat([-torch.ones(3, 16, 16), distance[None]])[None, None, None]  # (1, 1, 1, 4, 16, 16)
    shape = (1, 1, steps)
    trajectory = Trajectory(
        torch.tensor(position)[None, None], torch.full(shape, size), torch.full(shape, float(angle))
    )
    ground = torch.full((1, 1, 3, 4, 4), background)
    return Scene(texture, trajectory, torch.ones(1, 1), torch.full((1, 1), depth), ground)


def test_text_encoder_ignores_padding():
    encoder = TextEncoder(WORDS, 16, 32)
    short, long = encoder(TOKENS[:, :3]), encoder(TOKENS)
    torch.testing.assert_close(short.sentence, long.sentence)
    torch.testing.assert_close(short.states[0], long.states[0, :3])


def test_text_encoder_knows_word_order():
    encoder = TextEncoder(WORDS, 16, 32)
    there, back = encoder(torch.tensor([[3, 4, 5]])), encoder(torch.tensor([[5, 4, 3]]))
    assert (there.sentence - back.sentence).abs().max() > 0.01


def test_attention_ignores_padding():
    text = TextEncoder(WORDS, 16, 32)(TOKENS)
    drawn = torch.ones(2, 4, dtype=torch.bool)
    weights = Attention(8, 32, 16, 6.0, 1.0)(torch.randn(2, 4, 8), text, torch.zeros(1, 1, 1), drawn)
    assert (weights[1, :, 2:] == 0).all()
    torch.testing.assert_close(weights.sum(2), torch.ones(2, 4))


def test_drawn_layers_divide_the_words():
    torch.manual_seed(0)
    text, queries = TextEncoder(WORDS, 16, 32)(torch.tensor([[3, 4, 5, 6, 7]])), torch.randn(1, 4, 8)  # 2 of each of 2
    attend = Attention(8, 32, 16, 6.0, 0.0)

    def weights(competition, *drawn):
        attend.competition = competition
        return attend(queries, text, torch.zeros(1, 1, 1), torch.tensor([drawn])).unflatten(1, (2, 2))

    def common(first, second):
        return torch.minimum(first, second).sum(-1)

    apart = weights(1.0, True, True)
    assert (common(*apart[0]) < common(*weights(0.0, True, True)[0])).all()
    alone = weights(1.0, True, False)
    torch.testing.assert_close(alone[:, 0], weights(0.0, True, False)[:, 0])  # who is not drawn takes no words away
    torch.testing.assert_close(weights(1.0, False, False), apart)  # where none is drawn, all compete
    queries[:, 2:] = queries[:, :2]
    # nor do layers that want the same, as in `two stars`
    torch.testing.assert_close(weights(1.0, True, True), weights(0.0, True, True))


def test_clip_depends_on_words_noise_and_time():
    generator = make()
    noise = noise_for(generator)
    clips = generator(noise, TOKENS, TIMES)
    assert clips.shape == (2, 8, 3, 32, 32)
    assert (clips - generator(noise, TOKENS.flip(0), TIMES)).abs().max() > 0.01
    assert (clips - generator(noise_for(generator, seed=1), TOKENS, TIMES)).abs().max() > 0.01
    assert (clips[:, 0] - clips[:, -1]).abs().max() > 0.01


def test_frames_do_not_depend_on_one_another():
    generator = make()
    noise = noise_for(generator)
    many, few = generator(noise, TOKENS, TIMES), generator(noise, TOKENS, TIMES[:, [2, 5]])
    torch.testing.assert_close(many[:, [2, 5]], few)


def test_frame_sizes_show_the_same_scene():
    generator = make(replace(SMALL, frame_size_px=64))
    noise = noise_for(generator)
    large = generator(noise, TOKENS, TIMES, side=128)
    shrunk = torch.nn.functional.avg_pool2d(large.flatten(0, 1), 2).unflatten(0, (2, 8))
    assert (shrunk - generator(noise, TOKENS, TIMES)).abs().mean() < 0.02


def test_layer_is_where_its_trajectory_says():
    scene = disc_scene([[-0.5, -0.5], [0.5, 0.0]])
    frames = make().render(scene, torch.tensor([[0.0, 1.0]]), 64)[0]  # (2, 3, 64, 64)
    dark = (frames < 0).all(1).float()
    pixels = (torch.arange(64) + 0.5) / 32 - 1
    x, y = dark.sum(1) @ pixels / dark.sum((1, 2)), dark.sum(2) @ pixels / dark.sum((1, 2))
    torch.testing.assert_close(x, torch.tensor([-0.5, 0.5]), atol=0.02, rtol=0)
    torch.testing.assert_close(y, torch.tensor([-0.5, 0.0]), atol=0.02, rtol=0)


@pytest.mark.parametrize("side", [32, 64, 128])
def test_edges_are_about_a_pixel_wide(side):
    frame = make().render(disc_scene([[0.0, 0.0]] * 2), torch.tensor([[0.0]]), side)[0, 0, 0]  # (H, W)
    row = frame[side // 2]
    between = ((row > -0.9) & (row < 0.9)).sum()
    assert 1 <= between <= 4, row


def test_angle_turns_clockwise_on_the_screen():
    scene = disc_scene([[0.0, 0.0]] * 2)
    texture = scene.textures.clone()
    texture[..., 3, :, 8:] = -8  # only the left half is there
    turned = scene._replace(
        textures=texture, trajectory=scene.trajectory._replace(angle=torch.tensor([[[0.0, math.pi / 2]]]))
    )
    before, after = (make().render(turned, torch.tensor([[0.0, 1.0]]), 32)[0, :, 0] < 0).float()
    assert before[:, :16].sum() > 4 * before[:, 16:].sum()  # left
    assert after[:16].sum() > 4 * after[16:].sum()  # a quarter clockwise of left is up


def test_places_to_choose_from_are_as_likely_as_the_noise():
    noise = torch.randn(4000, 3, 2, generator=torch.Generator().manual_seed(0))
    noises = candidates(noise, 4)
    assert torch.equal(noises[0], noise)
    for of in noises[1:].flatten(2).unbind(2)[:2] + noises[-1].flatten(1).unbind(1):
        torch.testing.assert_close(of.mean(), torch.tensor(0.0), atol=0.06, rtol=0)
        torch.testing.assert_close(of.std(), torch.tensor(1.0), atol=0.06, rtol=0)
    turned = ((torch.special.ndtr(noises) - torch.special.ndtr(noise)) % 1)[1:, 0]  # (3, 3, 2), of each layer
    pairs = (turned - turned[:, [1, 2, 0]]) % 1
    assert (turned - turned.roll(1, 1)).abs().min() > 0.01 and (pairs[..., 0] - pairs[..., 1]).abs().min() > 0.01


def test_layers_that_are_shown_begin_apart():
    sizes, shown = torch.full((2, 3, 1), 0.2), torch.tensor([[True, True, False], [True, False, True]])
    noise = torch.tensor([[[0.1, 0.1], [0.1, 0.2], [0.1, 0.1]], [[-1.5, 0.0], [-1.5, 0.0], [1.5, 0.0]]])

    def positions_of(noises):
        return torch.special.ndtr(noises)[..., None, :] * 2 - 1

    kept = keep_apart(noise, positions_of, sizes, shown, count=8)
    assert overlap(positions_of(noise), sizes, shown)[0] > 0.3
    assert (overlap(positions_of(kept), sizes, shown) == 0).all()
    assert torch.equal(kept[1], noise[1])  # nobody sees the one that lies over another
    assert torch.equal(keep_apart(noise, positions_of, sizes, shown, count=1), noise)


def test_layers_meet_where_they_do_most():
    positions = torch.tensor([[[[-1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.1, 0.0]]]])  # (1, 2, 2, 2), apart, then not
    sizes = torch.tensor([[[0.2, 0.2], [0.1, 0.1]]])
    torch.testing.assert_close(overlap(positions, sizes, torch.tensor([[True, True]])), torch.tensor([0.2]))
    assert overlap(positions, sizes, torch.tensor([[True, False]])) == 0


def test_layers_of_a_clip_lie_over_one_another_less():
    config = replace(SMALL, layers=3, first_speed=0.1)
    lie = []
    for count in (1, 8):
        generator = make(replace(config, start_candidates=count))
        generator.presence.show(3)
        tokens = TOKENS[:1].expand(40, -1)
        with torch.no_grad():
            scene = generator.scene(noise_for(generator, 40), generator.read(tokens))
        size = scene.trajectory.size / config.texture_margin
        lie.append(overlap(scene.trajectory.position, size, torch.ones(40, 3, dtype=torch.bool)).mean())
    assert lie[1] < lie[0] / 2, lie


def test_what_a_layer_is_follows_from_words_nearby():
    tokens = torch.tensor([[3, 4, 5, 6, 7], [3, 4, 5, 6, 8]])  # which differ in the last word
    differ = []
    for nearby_contrast in (0.0, 100.0):
        torch.manual_seed(0)
        generator = make(replace(SMALL, layers=2, nearby_contrast=nearby_contrast))
        attention = torch.eye(5)[[0, 4]].expand(2, -1, -1)  # to the first word, and to the last
        with torch.no_grad():
            text = generator.text(tokens)
            states = attention[:, :, None] @ generator.states_nearby(text, attention)  # (2, 2, 1, D)
        differ.append((states[0] - states[1]).abs().amax((1, 2)))
    assert differ[0].min() > 1e-3  # everything is heard
    assert differ[1][0] < 1e-6 and differ[1][1] > 1e-2


def test_a_layers_motion_is_looked_for_near_what_it_is():
    mask = TOKENS != 0
    attention = torch.tensor([[[1.0, 0.0, 0.0, 0.0, 0.0]], [[0.0, 1.0, 0.0, 0.0, 0.0]]])
    logits = nearness(attention, mask, 4.0)
    torch.testing.assert_close(logits[:, 0, :3], torch.tensor([[0.0, -1.0, -4.0], [-4.0, 0.0, -4.0]]))
    far, near = (make(replace(SMALL, layers=2, nearby_contrast=c)).attention for c in (0.0, 100.0))
    for attend, apart in ((far, False), (near, True)):
        identity, motion = attend(make().text(torch.tensor([[3, 4, 5, 6, 7]])), torch.ones(1, 2, dtype=torch.bool))
        middle = (identity[0] @ torch.arange(5.0))[:, None, None]  # (K, 1, 1)
        away = ((motion[0] @ torch.arange(5.0)) - middle).abs().max()
        assert (away < 0.5) == apart


def test_nearer_layer_hides_the_other():
    cover = torch.ones(1, 2, 1, 1, 2, 2)
    shown = visibility(cover, torch.tensor([[3.0, -3.0]]))
    assert shown[0, 0].min() > 0.99 and shown[0, 1].max() < 0.01
    half = visibility(cover * 0.5, torch.zeros(1, 2))
    torch.testing.assert_close(half.sum(1), torch.full((1, 1, 1, 2, 2), 0.75))


WALL = torch.ones(1, 2, 1)
DRAWN = torch.ones(1, 2, dtype=torch.bool)


def two_paths() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Codes (1, 2, 4) of two layers that tell them apart, features of times (1, 2, 5, 1), and paths (1, 1, 2, 5, 2): a
    small turn, and one right and down."""
    line = torch.linspace(0, 1, 5)
    codes = torch.tensor([[[1.0, 0, 0, 0], [-1.0, 0, 0, 0]]])
    around = torch.stack([0.1 * (2 * math.pi * line).cos() - 0.6, 0.1 * (2 * math.pi * line).sin()], 1)
    paths = torch.stack([around, torch.stack([line - 0.5, 0.5 * line], 1)])
    return codes, line[None, None, :, None].expand(1, 2, -1, -1), paths[None, None]


@torch.no_grad()
def follows_the_second() -> Following:
    following = Following(code_size=4, motion_size=1, key_size=2, weight=1.2, lag=1.0)
    for parameter in following.parameters():
        parameter.zero_()
    following.key.weight[0, 0] = 1.0
    following.query.bias.copy_(torch.tensor([-1.8, 0.0, -1.8, 0.0]))  # away from the first layer, to the second
    return following


@torch.no_grad()
def test_layer_moves_around_where_another_was_earlier():
    codes, times, paths = two_paths()
    following = follows_the_second()
    following.where.bias.copy_(torch.tensor([0.3, 0.0, 0.2]))
    first = following(codes, times, DRAWN).positions(paths, WALL)[0, 0, 0]
    lag, below = 0.3 / math.sqrt(1.09), 0.2 / math.sqrt(1.04)
    centre = paths[0, 0, 1] + torch.tensor([-lag, below - 0.5 * lag])  # on its straight way, before the clip too
    turn = paths[0, 0, 0] - torch.tensor([-0.6, 0.0])
    torch.testing.assert_close(first, centre + turn, atol=0.03, rtol=0)


@torch.no_grad()
def test_layer_may_follow_another_in_one_direction_alone():
    codes, times, paths = two_paths()
    following = follows_the_second()
    following.query.bias[:2] = 0  # not across
    first = following(codes, times, DRAWN).positions(paths, WALL)[0, 0, 0]
    torch.testing.assert_close(first[:, 0], paths[0, 0, 0, :, 0])
    torch.testing.assert_close(first[:, 1], paths[0, 0, 1, :, 1] + paths[0, 0, 0, :, 1], atol=0.02, rtol=0)


@torch.no_grad()
def test_nobody_follows_who_is_not_drawn():
    codes, times, paths = two_paths()
    drawn = torch.tensor([[True, False]])
    following = follows_the_second()
    following.where.bias.fill_(1.0)
    torch.testing.assert_close(following(codes, times, drawn).positions(paths, WALL)[0, 0, 0], paths[0, 0, 0])


@torch.no_grad()
def test_words_of_a_motion_decide_when_to_follow():
    codes, times, _ = two_paths()
    following = follows_the_second()
    following.query.bias.zero_()
    following.query.weight[0, 4] = -4.0  # the later the more, across
    weights = following(codes, times, DRAWN).weights[0, 0, 1]  # (5, 2)
    assert weights[0].abs().max() == 0 and weights[-1, 0] > 1 and weights[-1, 1] == 0
    assert (weights[:, 0].diff() > 0).all()


@torch.no_grad()
def test_layer_among_others_stays_within_the_wall():
    codes, times, paths = two_paths()
    positions = follows_the_second()(codes, times, DRAWN).positions(5 * paths, 0.8 * WALL)
    assert positions.abs().max() == pytest.approx(0.8)


def test_untrained_layers_follow_nobody():
    generator = make(replace(SMALL, layers=2))
    assert generator.following is not None
    code = torch.randn(2, 2, SMALL.code_size)
    motion = torch.randn(2, 2, 5, generator.following.query.in_features - SMALL.code_size)
    frames = generator.following(code, motion, torch.ones(2, 2, dtype=torch.bool))
    assert frames.weights.shape == (2, 2, 2, 5, 2) and not frames.weights.any() and not frames.offset.any()
    frames.weights.sum().backward()  # but learn to
    assert generator.following.query.weight.grad.abs().max() > 0


def test_path_never_passes_the_longest():
    generator = make(replace(SMALL, longest_path=1.5))
    with torch.no_grad():
        generator.velocity_coeffs.weight.mul_(1000)
        scene = generator.scene(noise_for(generator), generator.read(TOKENS))
    places = scene.trajectory.position
    assert 1.0 < (places.amax(2) - places.amin(2)).max() <= 1.5


@pytest.mark.parametrize("level", [True, False])
def test_level_forms_keep_their_area_when_they_cover_less(level):
    generator = make(replace(SMALL, level_forms=level))

    def area():
        scene = generator.scene(noise_for(generator), generator.read(TOKENS))
        cover = scene.textures[:, 0, 0, 3].sigmoid().mean((1, 2))
        return (cover * scene.trajectory.size[:, 0, 0].square()).mean().item()

    with torch.no_grad():
        before = area()
        generator.texture.last.bias[3] -= 0.6
        assert area() == pytest.approx(before, rel=0.02) if level else area() < 0.7 * before


def test_without_identity_noise_words_alone_say_what_it_is():
    generator = make(replace(SMALL, identity_noise=0.0))
    with torch.no_grad():
        one, other = (generator.scene(noise_for(generator, seed=i), generator.read(TOKENS)) for i in range(2))
    assert torch.equal(one.textures, other.textures) and not torch.equal(one.background, other.background)


def test_tint_colours_a_layer_as_a_whole():
    """Another noise is another colour, even where a texture has none of its own."""
    generator = make(replace(SMALL, tint=True, colour_gain=0.0))
    colours = generator.scene(noise_for(generator), generator.read(TOKENS)).textures[:, 0, 0, :3]  # (2, 3, 16, 16)
    assert (colours == colours[:, :, :1, :1]).all() and not torch.equal(colours[0], colours[1])


@pytest.mark.parametrize("slope, gradient", [(1.0, [1.0, 1.0, 0.0]), (-1.0, [-1.0, 0.0, -1.0])])
def test_what_is_whiter_than_white_only_becomes_darker(slope, gradient):
    clips = torch.tensor([0.5, 1.5, -3.0], requires_grad=True)
    shown = as_shown(clips)
    (slope * shown).sum().backward()
    assert shown.tolist() == [0.5, 1.0, -1.0] and clips.grad.tolist() == gradient


def test_clips_are_what_a_screen_shows():
    generator = make()
    with torch.no_grad():
        generator.texture.last.bias[:3] = 4.0
        clips = generator(noise_for(generator), TOKENS, TIMES)
    assert clips.max() == 1.0


def test_coarse_colours_leave_forms_fine():
    """Where all pixels of a texture share a colour, its edges are as fine as ever."""
    generator = make(replace(SMALL, coarse_colours=SMALL.texture_size_px))
    textures = generator.scene(noise_for(generator), generator.read(TOKENS)).textures[:, 0, 0]  # (2, 4, 16, 16)
    colours, distance = textures[:, :3], textures[:, 3]
    torch.testing.assert_close(colours, colours[:, :, :1, :1].expand_as(colours))
    assert (distance[:, :, 1:] - distance[:, :, :-1]).std() > 0.1 and not torch.equal(colours[0], colours[1])


@pytest.mark.parametrize("share, columns", [(0.5, 16), (0.75, 24)])
def test_glimpses_are_as_large_as_they_shall_be(share, columns):
    clips = torch.zeros(1, 8, 3, 32, 32)
    clips[..., 10:22, 10:22] = -1.0  # a square in the middle
    clips.requires_grad_()
    Discriminator(replace(SMALL, glimpse_share=share), WORDS).encode_glimpses(clips)[
        ..., :-PLACE_AND_STEP
    ].sum().backward()
    assert (clips.grad.abs().amax((0, 1, 2, 3)) > 0).sum() == columns


def test_earlier_layers_look_for_earlier_words():
    logits = CaptionPlaces(3, contrast=12.0)(TOKENS != 0)  # of three words, and of two
    assert logits[0, :, :3].argmax(1).tolist() == [0, 1, 2]
    assert logits[1, [0, 2], :2].argmax(1).tolist() == [0, 1]
    alike = CaptionPlaces(3, contrast=0.0)(TOKENS != 0)
    assert (alike == 0).all()


def test_words_decide_which_layers_are_shown():
    presence = Presence(WORDS, 3)
    assert (shown(presence(TOKENS), 20.0) > 0.99).all()
    presence.show(1)
    assert ((shown(presence(TOKENS), 20.0) > 0.5) == torch.tensor([True, False, False])).all()
    with torch.no_grad():
        presence.word_logits.weight[4] = 1.0  # a word of the first caption
    assert ((shown(presence(TOKENS), 20.0) > 0.5) == torch.tensor([[True, True, True], [True, False, False]])).all()


def test_layers_that_are_not_shown_cover_nothing():
    generator = make(replace(SMALL, layers=3))
    reading, noise = generator.read(TOKENS), noise_for(generator)
    hidden = generator.from_reading(noise, reading._replace(presence=torch.full((2, 3), -1.0)), TIMES)
    scene = generator.scene(noise, reading)._replace(presence=torch.zeros(2, 3))
    torch.testing.assert_close(hidden, generator.render(scene, TIMES, 32), atol=1e-3, rtol=0)


def test_other_layers_begin_as_the_first_one():
    generator = make(replace(SMALL, layers=2))
    generator.presence.show(1)
    generator.begin_as_first_layer()
    assert (generator.read(TOKENS).presence > 0).all()
    text = generator.text(TOKENS)
    first, second = generator.attention(text, generator.presence_logits(TOKENS) > 0)[0].unbind(1)
    assert torch.equal(generator.layer_embedding[0], generator.layer_embedding[1])
    assert (first[:, 0] > second[:, 0]).all()


def test_policy_lowers_what_costs_until_it_is_sure():
    logits = torch.tensor([0.0, 0.0, -2.0, 2.0], requires_grad=True)
    policy_loss(torch.tensor([0.5, -0.5, 0.5, -0.5]), logits, sure=1.5).backward()
    assert logits.grad.sign().tolist() == [1, -1, 0, 0]


@pytest.mark.parametrize("whole", [True, False])
def test_layer_is_what_the_sentence_says_only_if_it_may(whole):
    generator = make(replace(SMALL, sentence_in_layers=whole))
    noise, reading = noise_for(generator), generator.read(TOKENS)
    other = reading._replace(sentence=reading.sentence.flip(0))
    first, second = (generator.scene(noise, one).textures for one in (reading, other))
    assert torch.equal(first, second) != whole


def test_hiding_is_not_asked_of_the_code():
    generator = make()
    scene = generator.scene(noise_for(generator), generator.read(TOKENS))
    (scene.presence.sum() + scene.depth.sum()).backward()
    assert generator.visibility.weight.grad.abs().max() > 0
    assert all(p.grad is None for p in generator.mapping.parameters())


def test_keyframes_are_met_and_joined_by_lines():
    pictures = torch.stack([torch.zeros(3, 4, 4), torch.ones(3, 4, 4), torch.zeros(3, 4, 4)])[None]
    at = interpolate_keyframes(pictures, torch.tensor([[0.0, 0.25, 0.5, 1.0]]))
    torch.testing.assert_close(at[0, :, 0, 0, 0], torch.tensor([0.0, 0.5, 1.0, 0.0]))


def test_no_layers_make_a_plain_convolutional_gan():
    config = replace(SMALL, layers=0, background_size_px=32, background_keyframes=8)
    generator = make(config)
    clips = generator(noise_for(generator), TOKENS, TIMES)
    assert clips.shape == (2, 8, 3, 32, 32)
    assert (clips[:, 0] - clips[:, 4]).abs().max() > 1e-3
    clips.square().mean().backward()


@pytest.mark.parametrize("layers, keyframes", [(1, 1), (2, 1), (3, 4)])
def test_layers_and_keyframes_all_learn(layers, keyframes):
    generator = make(replace(SMALL, layers=layers, keyframes=keyframes))
    generator(noise_for(generator), TOKENS, TIMES).square().mean().backward()
    still = [name for name, weight in generator.named_parameters() if weight.grad is None]
    still = [name for name in still if "flip" not in name and "presence" not in name]  # which learn from policies
    assert not still or (layers == 1 and all("visibility" in name for name in still)), still


def test_untrained_background_has_the_colour_given():
    generator = make()
    generator.set_first_background(torch.tensor([0.5, -0.5, 0.0]))
    scene = generator.scene(noise_for(generator), generator.read(TOKENS))
    torch.testing.assert_close(scene.background.mean((0, 1, 3, 4)), torch.tensor([0.5, -0.5, 0.0]), atol=0.2, rtol=0)


@pytest.mark.parametrize("background, thing", [(1.0, -1.0), (-1.0, 0.5), (0.2, 0.9)])
def test_salient_place_is_where_the_thing_is(background, thing):
    frames = torch.full((1, 3, 64, 64), background)
    frames[:, :, 40:52, 8:20] = thing
    position = (salient_places(salience_of(frames), 1)[0][0, 0] + 0.5) * 4  # in pixels
    torch.testing.assert_close(position, torch.tensor([14.0, 46.0]), atol=1.5, rtol=0)


def test_two_things_are_two_places():
    frames = torch.ones(1, 3, 32, 32)
    frames[:, :, 4:10, 4:10], frames[:, :, 22:28, 20:26] = -1.0, 0.0
    places, strengths, _ = salient_places(salience_of(frames), 3)
    assert strengths[0, 0] > strengths[0, 1] > 5 * strengths[0, 2]  # the darker thing first, and no third one
    places = ((places[0, :2] + 0.5) * 2).sort(0).values
    torch.testing.assert_close(places, torch.tensor([[7.0, 7.0], [23.0, 25.0]]), atol=1.5, rtol=0)


def test_centroids_of_near_things_are_their_own():
    frames = torch.zeros(1, 3, 32, 32)
    frames[..., 12:18, 4:8], frames[..., 12:18, 14:18] = 1.0, 0.9  # five cells apart
    salience = salience_of(frames)
    where = centroids(salience, salient_places(salience, 2))
    assert where[0, :, 0].diff().abs().item() == pytest.approx(5, abs=0.7)


@pytest.mark.parametrize("amplitude", [1e-4, 1e-3, 1e-2, 1.0])
def test_what_nobody_sees_does_not_decide_the_penalty(amplitude):
    """Not even where a thing would be if there were one."""
    torch.manual_seed(0)
    discriminator = Discriminator(replace(SMALL, matching_contrast=8.0, glimpses=3), WORDS)
    clips = (amplitude * torch.rand(2, 8, 3, 32, 32)).requires_grad_()
    assert gradient_penalty(discriminator(clips, TOKENS, TIMES)[:, 2], clips) < 20


def test_crop_is_around_its_place_and_empty_beyond():
    picture = torch.arange(32 * 32.0).view(1, 1, 32, 32) + 1
    middle = crop(picture, torch.tensor([[[7.5, 7.5]]]), 16)
    torch.testing.assert_close(middle[0, 0, 0], picture[0, 0, 8:24, 8:24])
    larger = crop(picture, torch.tensor([[[7.5, 7.5]]]), 24)
    torch.testing.assert_close(larger[0, 0, 0], picture[0, 0, 4:28, 4:28])
    corner = crop(picture, torch.tensor([[[-0.5, -0.5]]]), 16)[0, 0, 0]
    assert (corner[:8] == 0).all() and (corner[:, :8] == 0).all()
    torch.testing.assert_close(corner[8:, 8:], picture[0, 0, :8, :8])


def test_contrast_is_the_same_for_equally_strong_colours():
    red, blue = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    red[:, 0], blue[:, 2] = -1.0, 1.0
    torch.testing.assert_close(contrast(red), contrast(blue))
    assert contrast(torch.zeros(1, 3, 1, 1)).abs().max() < 1e-6


@pytest.mark.parametrize("matching_contrast", [0.0, 8.0])
def test_first_head_does_not_need_glimpses(matching_contrast):
    discriminator = Discriminator(replace(SMALL, matching_contrast=matching_contrast), WORDS)
    clips = torch.rand(2, 8, 3, 32, 32)
    every = discriminator.forward_features(clips, TIMES)
    first = discriminator.forward_features(clips, TIMES, glimpses=False)
    assert every.codes.shape == (2, 2, 32) and first.codes.shape == (2, 1, 32) and first.glimpses is None
    torch.testing.assert_close(every.codes[:, :1], first.codes)
    captions = discriminator.embed_caption(TOKENS)
    scores, first_scores = discriminator.score(every, captions), discriminator.score(first, captions)
    assert scores.shape == (2, discriminator.heads) and first_scores.shape == (2, 1)
    assert discriminator.heads == (3 if matching_contrast else 2)
    torch.testing.assert_close(first_scores, scores[:, :1])


def test_words_are_judged_by_the_glimpses_they_are_about():
    """Two words, each about one of two glimpses: it counts what the one should be like, not the other."""
    keys, values = torch.eye(2), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    glimpses = GlimpseFeatures(keys[None], values[None])
    mask = torch.tensor([[True, True, False]])
    queries = torch.stack([keys[0], keys[1], keys[0]])[None]

    def fit_of(*expected):
        values = torch.tensor([*expected, [9.0, 9.0]])[None]  # no word, so not counted
        return fit(glimpses, WordFeatures(queries, values, mask), 50.0).item()

    right, swapped = fit_of([1.0, 0.0], [0.0, 1.0]), fit_of([0.0, 1.0], [1.0, 0.0])
    assert right == pytest.approx(2 / math.sqrt(2 * 2)) and swapped == pytest.approx(0.0, abs=1e-6)


def test_a_gradient_moves_what_is_at_a_wrong_place():
    frames = torch.zeros(1, 3, 32, 32)
    frames[..., 12:18, 6:12] = 1.0
    frames.requires_grad_()
    salience = salience_of(frames)
    where = centroids(salience, salient_places(salience, 1))
    torch.testing.assert_close(where[0, 0], torch.tensor([4.0, 7.0]), atol=0.5, rtol=0)
    where[0, 0, 0].backward()
    row = frames.grad[0, :, 14].sum(0)  # brighter on the right, and the middle is further right
    assert row[11] > 0 > row[6]


def test_gradient_penalty_can_be_differentiated():
    discriminator = Discriminator(SMALL, WORDS)
    clips = torch.rand(2, 8, 3, 32, 32, requires_grad=True)
    gradient_penalty(discriminator(clips, TOKENS, TIMES), clips).backward()
    assert discriminator.glimpse1.weight.grad.abs().max() > 0
    assert discriminator.motion1.weight.grad.abs().max() > 0


@pytest.fixture
def recipe():
    return TrainConfig(preset="lesson", grammar="shapes", model=SMALL, batch_size=4, glimpses_from_step=1)


def test_step_changes_glimpses_only_from_their_step_on(recipe):
    vocabulary = grammar_vocabulary("shapes")
    gan, stream = make_gan(recipe, vocabulary), SceneStream(recipe, vocabulary)
    before = {name: x.clone() for name, x in gan.discriminator.named_parameters()}
    for views in (False, True):
        gan.update_both(next(stream))
        gan.update_ema()
        weights = dict(gan.discriminator.named_parameters())
        assert not torch.equal(weights["motion1.weight"], before["motion1.weight"])
        assert torch.equal(weights["glimpse1.weight"], before["glimpse1.weight"]) is not views


def test_training_starts_from_the_usual_colour(recipe):
    vocabulary = grammar_vocabulary("shapes")
    gan, batch = make_gan(recipe, vocabulary), next(SceneStream(recipe, vocabulary))
    gan.initialize_from(batch._replace(clips=0.5 * batch.clips - 0.5))  # a black ground
    torch.testing.assert_close(gan.discriminator.usual_colour, torch.zeros(3), atol=0.01, rtol=0)
    torch.testing.assert_close(gan.generator_ema.background.last.bias, gan.discriminator.usual_colour)


def test_alignment_loss_prefers_the_right_captions(recipe):
    vocabulary = grammar_vocabulary("shapes")
    gan, batch = make_gan(recipe, vocabulary), next(SceneStream(recipe, vocabulary))
    gan.step = 1
    right = gan.embed_captions(batch)
    fitting = gan.discriminate(batch.clips, batch, right)
    codes = gan.features(batch.clips, batch).codes  # what each clip shows is its caption
    captions = CaptionFeatures(torch.cat([codes[None], -codes.expand(len(right.codes) - 1, -1, -1, -1)]), None)
    assert gan.discriminate(batch.clips, batch, captions).alignment.mean() < fitting.alignment.mean()


def test_config_names_all_its_problems_together():
    with pytest.raises(ValueError) as error:
        ModelConfig(layers=9, keyframes=99, texture_size_px=12, background_size_px=128, longest_path=0.0)
    for name in ("layers", "keyframes", "texture_size_px", "background_size_px", "longest_path"):
        assert name in str(error.value)


def test_settings_that_are_gone_do_not_lock_old_folders():
    former = to_json(SMALL) | {"following_contrast": 4.0, "following_alone": 3.0}
    assert from_json(ModelConfig, former) == SMALL
    with pytest.raises(ValueError, match="another version"):
        from_json(ModelConfig, former | {"unheard_of": 1})


def test_flips_turn_motions_over():
    generator = make()
    reading, noise = generator.read(TOKENS), noise_for(generator)
    plain = generator.scene(noise, reading).trajectory
    chosen = torch.tensor([[[True, False, True]]] * 2)
    other = generator.flip_other(noise, reading, chosen)
    assert torch.equal(generator.flipped(other, reading), generator.flipped(noise, reading) ^ chosen)
    turned = generator.scene(other, reading).trajectory
    for sign, ours, theirs in (
        (-1, plain.position[..., 0], turned.position[..., 0]),
        (1, plain.position[..., 1], turned.position[..., 1]),
        (-1, plain.angle, turned.angle),
    ):
        torch.testing.assert_close(sign * ours.diff(dim=2), theirs.diff(dim=2), atol=1e-5, rtol=1e-4)


def test_untrained_flips_are_of_turns_alone():
    generator = make()
    noise = noise_for(generator, clips=400)
    flipped = generator.flipped(noise, generator.read(TOKENS[:1].expand(400, -1))).float().mean((0, 1))
    assert flipped[:2].max() < 0.02 and 0.4 < flipped[2] < 0.6


@pytest.mark.parametrize("better", [True, False])
def test_words_allow_the_flips_that_cost_less(recipe, better):
    """Turning over costs nothing where the fakes cost much, and the reverse."""
    vocabulary = grammar_vocabulary("shapes")
    gan, batch = make_gan(recipe, vocabulary), next(SceneStream(recipe, vocabulary))
    captions, noise = gan.embed_captions(batch), gan.noise(*batch.times.shape)
    noise[:, :-1, 2:5] = torch.inf  # nothing is flipped
    costs = torch.full((4,), 1000.0 if better else -1000.0)
    loss = gan.flip_policy_loss(costs, batch, noise, captions, torch.zeros(4, 2))
    gradient = torch.autograd.grad(loss, gan.generator.flip.bias)[0]
    assert gradient[2] == pytest.approx(-1 if better else 1) and (gradient[:2] == 0).all()


def test_reading_teaches_the_discriminator_alone(recipe):
    vocabulary = grammar_vocabulary("shapes")
    gan = make_gan(replace(recipe, reading_steps=2, generator_warmup_steps=4), vocabulary)
    batch, generator = next(SceneStream(recipe, vocabulary)), copy.deepcopy(gan.generator.state_dict())
    before = gan.update_both(batch)
    gan.update_ema()
    after = gan.update_both(batch)
    gan.update_ema()
    assert before.keys() == {"caption_d"} and after["caption_d"] < before["caption_d"]
    assert all(torch.equal(value, generator[name]) for name, value in gan.generator.state_dict().items())
    assert gan.learning_rate(gan.generator) == pytest.approx(recipe.learning_rate / 4)  # its warm-up begins now
    assert "loss_g" in gan.update_both(batch)
    assert any(not torch.equal(value, generator[name]) for name, value in gan.generator.state_dict().items())


@pytest.fixture
def of_stories(recipe):
    """The recipe for several things, of which two steps show one alone."""
    changes = {"reading_steps": 1, "alone_until_step": 2, "presence_from_step": 2, "generator_warmup_steps": 0}
    return replace(recipe, grammar="stories", model=with_layers(recipe.model, 3), **changes)


def test_things_come_alone_and_then_together(of_stories):
    vocabulary = grammar_vocabulary("stories")
    gan, stream = make_gan(of_stories, vocabulary), SceneStream(of_stories, vocabulary)
    gan.initialize_from(next(stream))
    stream.position, steps, layers_shown, alike = 0, [], [], []
    for _ in range(4):
        batch, step = next(stream), gan.kind_of_step()
        layers_shown.append((gan.generator.read(batch.tokens).presence > 0).sum(1).float().mean().item())
        alike.append(torch.equal(gan.generator.layer_embedding[0], gan.generator.layer_embedding[1]))
        gan.update_both(batch)
        gan.update_ema()
        steps.append((step.reading, step.presence))
    assert steps == [(True, False), (False, False), (True, True), (False, False)]
    assert layers_shown[:2] == [1, 1] and layers_shown[2] == 3
    assert alike[:3] == [False, False, True]


def test_each_clip_is_compared_with_the_captions_of_all(of_stories):
    vocabulary = grammar_vocabulary("stories")
    gan = make_gan(of_stories, vocabulary)
    batch = next(SceneStream(gan.config, vocabulary))
    features = gan.features(batch.clips, batch)
    captions = gan.discriminator.embed_caption(batch.tokens)
    pairs = gan.discriminator.fits(features.map(lambda x: x[:, None]), captions)  # (4, 4, 3)
    for n in range(4):
        turned = captions.map(lambda x, n=n: x.roll(-n, 0))
        fits = gan.discriminator.fits(features, turned)
        torch.testing.assert_close(fits, pairs[torch.arange(4), (torch.arange(4) + n) % 4])


def test_layers_are_shown_as_long_as_something_is_missing(of_stories):
    """By the same generators: real clips of one of their things, and of three; in an empty one nothing stands out."""
    vocabulary, gradients = grammar_vocabulary("stories"), torch.zeros(2, 3)
    for seed in (1, 2, 3):
        gan = make_gan(replace(of_stories, seed=seed), vocabulary)
        batch = next(SceneStream(gan.config, vocabulary))
        noise = gan.noise(*batch.times.shape)
        gan.generator.presence.show(3)
        for case, presence in enumerate(torch.tensor([[1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])):
            reading = gan.generator.read(batch.tokens)._replace(presence=presence.expand(len(noise), -1))
            with torch.no_grad():
                clips = gan.generator.from_reading(noise, reading, batch.times, side=batch.clips.shape[-1])
            loss = sum(gan.presence_policy_loss(batch._replace(clips=clips), noise) for _ in range(10))
            gradients[case] += torch.autograd.grad(loss, gan.generator.presence.bias)[0]
    assert (gan.prominence(torch.ones(2, 8, 3, 32, 32)) < 0.01).all()
    assert gradients[0].sum() > 0 and (gradients[1] < 0).all(), gradients


def test_backgrounds_are_plain_until_a_step(recipe):
    """The same training with and without the weight: it evens out, and only before that step."""
    vocabulary = grammar_vocabulary("shapes")

    def uneven_after(weight: float, until: int) -> float:
        changed = replace(recipe, plain_weight=weight, plain_until_step=until, generator_warmup_steps=0)
        gan, stream = make_gan(changed, vocabulary), SceneStream(changed, vocabulary)
        for _ in range(12):
            batch = next(stream)
            gan.update_both(batch)
            gan.update_ema()
        noise = gan.generator.make_noise(torch.Generator().manual_seed(0), len(batch.tokens), 8)
        with torch.no_grad():
            return unevenness(gan.generator.scene(noise, gan.generator.read(batch.tokens)).background).item()

    free = uneven_after(0.0, 12)
    assert uneven_after(100.0, 12) < 0.7 * free
    assert uneven_after(100.0, 0) == free


def test_ways_are_asked_about_later_than_turns(recipe):
    gan = make_gan(replace(recipe, flip_every_steps=2, mirrors_from_step=4), grammar_vocabulary("shapes"))
    requests = []
    for gan.step in range(6):
        requests.append(gan.kind_of_step().flips)
    assert requests == [(2,), (), (2,), (), (0, 1, 2), ()]


def test_reversal_loss_compares_clips_with_themselves_backwards(recipe):
    vocabulary = grammar_vocabulary("shapes")
    gan, batch = make_gan(recipe, vocabulary), next(SceneStream(recipe, vocabulary))
    gan.step, captions = 1, gan.embed_captions(batch)
    scores = gan.discriminate(batch.clips, batch, captions).scores
    there_and_back = torch.cat([batch.clips[:, :4], batch.clips[:, :4].flip(1)], 1)
    same = batch._replace(clips=there_and_back, times=TIMES[:1].expand(4, -1))
    scores_of_same = gan.discriminate(same.clips, same, captions).scores
    assert gan.reversal_loss(scores_of_same, same, captions).item() == pytest.approx(2 * math.log(2), rel=1e-4)
    assert gan.reversal_loss(scores + 50, batch, captions) < 1e-6
