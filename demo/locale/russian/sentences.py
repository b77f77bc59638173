"""What the page says while it is used, in Russian. `{}` is filled in; the Russian numbers it from 0.

Where a sentence is put together from pieces, it stands here as a whole.
"""

SENTENCES = {
    # A thing of one's own
    "Draw something, or drop, paste or photograph it, and give it a name of one word. A model that knows shapes learns "
    "it in minutes: it is shown moving straight, shrinking and expanding. Spinning, bouncing, zigzagging and turning "
    "a corner it has to work out by itself.": "Нарисуйте что-нибудь, перетащите, вставьте или сфотографируйте и дайте "
    "имя из одного слова. Модель, которая знает фигуры, выучит это за минуты: ей показывают прямое движение, "
    "уменьшение и увеличение. Вращение, прыжки, зигзаги и повороты она должна придумать сама.",
    "There is no picture yet: draw one, or drop one on the canvas.": "Картинки ещё нет: нарисуйте или перетащите её.",
    "The picture is empty: nothing is drawn on its ground.": "Картинка пуста: на фоне ничего не нарисовано.",
    "The thing has no name; give it one word, such as monster.": "У героя нет имени; дайте ему одно слово.",
    "The {} is only ever shown moving straight, shrinking and expanding. It was never shown spinning, bouncing, "
    "zigzagging or turning a corner.": "{0}: показано только прямое движение, уменьшение и увеличение. Вращение, "
    "прыжки, зигзаги и повороты не показаны ни разу.",
    # Any tab
    "This clip is not kept any more; draw it again.": "Этот клип больше не хранится; нарисуйте его снова.",
    "There is no checkpoint yet; train one in the Train tab.": "Моделей ещё нет; обучите одну на вкладке «Обучение».",
    "This checkpoint is just being saved or removed; try again.": "Эта модель как раз сохраняется или удаляется; "
    "попробуйте ещё раз.",
    "There is no {} {}. Known: {}.": "Нет такого: {1}. Есть: {2}.",
    "none yet": "пока ничего",
    "{} must be a number": "Нужно число: {0}",
    "the field is empty": "поле пусто",
    "{} must be a number, got {}": "Нужно число: {0}, а дано {1}",
    "{} must be a whole number, got {}": "Нужно целое число: {0}, а дано {1}",
    "networks and clips have their preset's size on this page": "на этой странице размеры сетей и роликов берутся из "
    "рецепта",
    "{} must be at least {}, got {}": "Слишком мало: {0}, а дано {2}; нужно не меньше {1}",
    "{} must be at most {}, got {}": "Слишком много: {0}, а дано {2}; нужно не больше {1}",
    "{} must be {} or {}, got {}": "{0}: нужно {1} или {2}, а дано {3}",
    "{} must be one of {}, got {}": "{0}: нужно одно из {1}, а дано {2}",
    "prompt must be text, got {}": "Запрос должен быть текстом, а дано {0}",
    "The disk is full. Delete datasets or runs that nobody needs, then try again; nothing half-made was kept.": "Диск "
    "полон. Удалите ненужные наборы данных или запуски и попробуйте снова; недоделанного не осталось.",
    "There is not enough memory for this. Choose fewer or smaller frames, or fewer clips at once.": "Не хватает "
    "памяти. Выберите меньше кадров, кадры поменьше или меньше роликов сразу.",
    "Something went wrong that was not foreseen; the server's log says what. Your settings are as they were.": "Что-то "
    "пошло не так; подробности в журнале сервера. Ваши настройки остались прежними.",
    "That would take {} GB, and {} GB is what all datasets here may take; choose fewer or smaller frames.": "Это "
    "заняло бы {0} ГБ, а всем наборам вместе можно {1} ГБ; выберите меньше кадров или кадры поменьше.",
    "{} h {} min": "{0} ч {1} мин",
    "{} min {} s": "{0} мин {1} с",
    "{} min": "{0} мин",
    "{} s": "{0} с",
    "{} bytes": "{0} Б",
    "{} kB": "{0} кБ",
    "{} MB": "{0} МБ",
    "{} GB": "{0} ГБ",
    # Prompts
    "The prompt is empty; write for example: {}": "Запрос пуст; напишите, например: {0}",
    "The prompt has {} characters; at most {} are read.": "В запросе знаков: {0}; читается не больше {1}.",
    "The prompt has {} words; this model reads at most {}.": "В запросе слов: {0}; модель читает не больше {1}.",
    "The prompt names no shape; write for example: {}": "В запросе нет фигуры; напишите, например: {0}",
    "Unknown word {}": "Незнакомое слово {0}",
    "The word {} is not in the {} grammar": "Слова {0} нет в грамматике {1}",
    "{}, which has no {} words. Write for example: {}.": "{0}: слов для этого там нет. Напишите, например: {2}.",
    "{}, which has no {} words: its clips are always {}. Write for example: {}.": "{0}: ролики там всегда {2}. "
    "Напишите, например: {3}.",
    "{}. Write for example: {}. Known words: {}.": "{0}. Напишите, например: {1}. Известные слова: {2}.",
    "{}. Known words: {}.": "{0}. Известные слова: {1}.",
    "{}; did you mean {}? {}: {}.": "{0}; может быть, {1}? {2}: {3}.",
    "{}; did you mean {}?": "{0}; может быть, {1}?",
    "The words are in the wrong order; did you mean: {}": "Слова стоят не в том порядке; может быть: {0}",
    "The prompt names {} {} ({}); only one fits.": "В запросе лишнее: {2}; нужно только одно из них.",
    "The prompt has no shape where one is expected. Shapes: {}. For example: {}": "Там, где нужна фигура, её нет. "
    "Фигуры: {0}. Например: {1}",
    "{} is not a motion": "{0} — не движение",
    "The prompt does not say how the {} moves": "Не сказано, как движется {0}",
    "{}. Motions: {}.": "{0}. Движения: {1}.",
    "{}. Motions: {}": "{0}. Движения: {1}",
    "{} does not go with {}: only motions that travel or turn have a speed.": "{0} не сочетается с {1}: скорость есть "
    "только у движений с путём или поворотом.",
    # Generate
    "{} (step {}, {} right)": "{0} (шаг {1}, верно {2})",
    "{} (step {}, {})": "{0} (шаг {1}, {2})",
    "{} (step {})": "{0} (шаг {1})",
    "{} (cannot be read)": "{0} (не читается)",
    "{}: all fields were set as its recipe says.": "{0}: все поля заполнены, как записано в ролике.",
    "This file carries no recipe; a GIF, PNG, MP4 or WebP that was downloaded here does.": "В этом файле нет рецепта; "
    "он есть в GIF, PNG, MP4 и WebP, скачанных здесь.",
    "A browser cannot hold this clip's seed; make it again with: {}": "Браузер не может хранить такое зерно; создайте "
    "ролик командой: {0}",
    "{}: The weights of {} have changed since this clip was made, so it may look different.": "{0}: с тех пор веса "
    "модели {1} изменились, и ролик может выглядеть иначе.",
    "{}: This clip was made by {}, which is not here; another checkpoint draws it now.": "{0}: ролик создан моделью "
    "{1}, которой здесь нет; теперь его рисует другая.",
    # Dataset
    "{} files, about {}, in datasets/{}": "Файлов: {0}, около {1}, в datasets/{2}",
    "Cancelling {}.": "Запись отменяется: {0}.",
    "{} is complete: {} clips. It is below, among your datasets.": "{0} готов, роликов: {1}. Он ниже, среди ваших "
    "наборов.",
    "{} is complete: {} clip. It is below, among your datasets.": "{0} готов, роликов: {1}. Он ниже, среди ваших "
    "наборов.",
    "Cancelled. {} stays unfinished, as it was before; go on with it below.": "Отменено. {0} остался недописанным, как "
    "был; продолжить можно ниже.",
    "Cancelled. Nothing was kept.": "Отменено, ничего не осталось.",
    "{} is beginning.": "{0} начинается.",
    "{}: {} of {} clips.": "{0}: роликов {1} из {2}.",
    "{}: {} of {} clip.": "{0}: роликов {1} из {2}.",
    "{}: {} of {} clips, {} clips/s, {} to go.": "{0}: роликов {1} из {2}, в секунду {3}, осталось {4}.",
    "clips written": "записано роликов",
    "{} is there already; it is in the menu below. Another seed gives other clips.": "{0} уже есть, он в списке ниже. "
    "С другим зерном будут другие ролики.",
    "{} is being written; wait until it is complete, or cancel it.": "Сейчас записывается {0}; дождитесь конца или "
    "отмените.",
    "Nothing is being written any more.": "Больше ничего не записывается.",
    "It is being written now.": "Он сейчас записывается.",
    "None yet. Choose settings above and create one.": "Пока нет. Выберите настройки выше и создайте набор.",
    "Unfinished: {} of {} clips are there. Go on, and it can be used.": "Не дописан: роликов {0} из {1}. Продолжите, и "
    "им можно будет пользоваться.",
    "It cannot be used: {}": "Им нельзя пользоваться: {0}",
    "{} clip of {}, {} px, {}. {}": "Роликов: {0}; {1}, {2} точек, {3}. {4}",
    "{} clips of {}, {} px, {}. {}": "Роликов: {0}; {1}, {2} точек, {3}. {4}",
    "{} frame": "кадров: {0}",
    "{} frames": "кадров: {0}",
    "{} different caption": "разных подписей: {0}",
    "{} different captions": "разных подписей: {0}",
    "Made elsewhere, with captions of its own.": "Сделан не здесь, со своими подписями.",
    "Preset {}, seed {}, PNG files. Complete.": "Рецепт {0}, зерно {1}, файлы PNG. Дописан.",
    "Preset {}, seed {}, one videos.npy. Complete.": "Рецепт {0}, зерно {1}, один videos.npy. Дописан.",
    "{} of data.": "Данных: {0}.",
    "More than {} of data, too much for a zip; copy its folder instead.": "Данных больше {0}, для zip слишком много; "
    "скопируйте папку.",
    "{} shape, {} clips each; {} colour, {} clips each; {} motions, {} clips each": "Фигур: {0}, роликов на каждую "
    "{1}; цветов: {2}, на каждый {3}; движений: {4}, на каждое {5}",
    "{} shapes, {} clips each; {} colours, {} clips each; {} motions, {} clips each": "Фигур: {0}, роликов на каждую "
    "{1}; цветов: {2}, на каждый {3}; движений: {4}, на каждое {5}",
    "{} shape, {} clip each": "Фигур: {0}, роликов на каждую {1}",
    "{} shape, {} clips each": "Фигур: {0}, роликов на каждую {1}",
    "{} shapes, {} clip each": "Фигур: {0}, роликов на каждую {1}",
    "{} colours, {} clip each": "цветов: {0}, на каждый {1}",
    "{} colour, {} clip each": "цветов: {0}, на каждый {1}",
    "{} motions, {} clip each": "движений: {0}, на каждое {1}",
    "{} motion, {} clip each": "движений: {0}, на каждое {1}",
    "{} shapes, {} clips each": "Фигур: {0}, роликов на каждую {1}",
    "{} colour, {} clips each": "цветов: {0}, на каждый {1}",
    "{} colours, {} clips each": "цветов: {0}, на каждый {1}",
    "{} motion, {} clips each": "движений: {0}, на каждое {1}",
    "{} motions, {} clips each": "движений: {0}, на каждое {1}",
    "{} to {}": "от {0} до {1}",
    "No caption contains {}.": "Ни в одной подписи нет {0}.",
    "Clips {} to {} of {}": "Ролики с {0} по {1} из {2}",
    "{} whose captions match, {} in all": "{0} с подходящими подписями, всего {1}",
    "Packing {}: {} %.": "Упаковывается {0}: {1} %.",
    "bytes packed": "упаковано байт",
    "Save the zip ({})": "Сохранить zip ({0})",
    "The zip is ready, and your browser saves it.": "Архив готов, браузер его сохраняет.",
    # Train
    "Timing a few steps …": "Засекаем время нескольких шагов …",
    "The tutorial's three networks, all {}, {}x{} pixels; on {}.": "Три сети из статьи, все {0}, {1}x{2} точек; {3}.",
    "Video GAN, all {}, {}x{} pixels; on {}.": "Видео-GAN, все {0}, {1}x{2} точек; {3}.",
    "{} processor core, no GPU": "ядер процессора: {0}, GPU нет",
    "{} processor cores, no GPU": "ядер процессора: {0}, GPU нет",
    "Apple's graphics processor": "графический процессор Apple",
    "{} is being trained; a measurement now would slow it down and come out wrong.": "Сейчас обучается {0}; измерение "
    "замедлило бы его и вышло бы неверным.",
    "{} is being trained; stop it first, or wait until it has finished.": "Сейчас обучается {0}; остановите его или "
    "дождитесь конца.",
    "{} is being trained; stop it first, or wait.": "Сейчас обучается {0}; остановите его или подождите.",
    "{} is being trained; stop it first, or wait ({} left).": "Сейчас обучается {0}; остановите его или подождите "
    "(осталось {1}).",
    "{} is being trained at the moment.": "Сейчас обучается {0}.",
    "A few steps of this take more than {} seconds here; try a smaller batch size.": "Несколько шагов занимают здесь "
    "больше {0} с; попробуйте меньше роликов за шаг.",
    "The speed could not be measured: {}. A smaller batch size needs less memory.": "Скорость измерить не удалось: "
    "{0}. Меньше роликов за шаг — меньше памяти.",
    "it ended with exit code {}": "программа закончилась с кодом {0}",
    "Time unknown: estimate it. It stops after {} at the latest.": "Время неизвестно: оцените его. Остановка самое "
    "позднее через {0}.",
    "Time unknown: estimate it.": "Время неизвестно: оцените его.",
    "Stops after {}, at about step {} of {} ({} clips/s, {}).": "Остановится через {0}, примерно на шаге {1} из {2} "
    "(роликов в секунду {3}, {4}).",
    "Stops after {}, at about step {} of {} ({} frames/s, {}).": "Остановится через {0}, примерно на шаге {1} из {2} "
    "(кадров в секунду {3}, {4}).",
    "About {} for {} steps ({} clips/s, {}).": "Около {0} на {1} шагов (роликов в секунду {2}, {3}).",
    "About {} for {} steps ({} frames/s, {}).": "Около {0} на {1} шагов (кадров в секунду {2}, {3}).",
    "measured here at {}": "измерено здесь в {0}",
    "measured now in {}": "измеряется сейчас: {0}",
    "measured before in {}": "измерено раньше: {0}",
    "There is no training yet. Choose a preset and start one.": "Обучений ещё нет. Выберите рецепт и начните.",
    "{} is starting; the first step takes some seconds.": "{0} запускается; первый шаг займёт несколько секунд.",
    "{} is {} at step {} of {}, on {}.": "{0} {1}: шаг {2} из {3}, {4}.",
    "{} is {} at step {} of {}.": "{0} {1}: шаг {2} из {3}.",
    "{} is {}.": "{0} {1}.",
    "{} {} at step {} of {}, on {}.": "{0} {1}: шаг {2} из {3}, {4}.",
    "{} {} at step {} of {}.": "{0} {1}: шаг {2} из {3}.",
    "running": "идёт",
    "starting": "запускается",
    "stopping": "останавливается",
    "stopped": "остановлено",
    "finished": "закончено",
    "failed": "прервано ошибкой",
    "cpu": "процессор",
    "{} failed": "{0}: ошибка",
    "clips a second": "роликов в секунду",
    "frames a second": "кадров в секунду",
    "clips seen": "роликов показано",
    "frames seen": "кадров показано",
    "elapsed": "прошло",
    "remaining": "осталось",
    "steps made": "сделано шагов",
    "The page did not see it end, so its exit code is not known.": "Страница не видела конца, код завершения "
    "неизвестен.",
    "It was ended from outside by signal {} ({}).": "Остановлено снаружи сигналом {0} ({1}).",
    "It was ended from outside by signal {} ({}); mostly the machine had no memory left.": "Остановлено снаружи "
    "сигналом {0} ({1}); чаще всего это значит, что кончилась память.",
    "Exit code 2: it could not go on, for the reason it gives.": "Код завершения 2: продолжать было нельзя, причина "
    "названа.",
    "Exit code {}: something went wrong that was not foreseen.": "Код завершения {0}: что-то пошло не так.",
    "Saved at step {}: Resume goes on from there.": "Сохранено на шаге {0}: «Продолжить» начнёт оттуда.",
    "Nothing was saved yet (the first save is at step {}); start again.": "Ещё ничего не сохранено (первый раз на шаге "
    "{0}); начните заново.",
    "It stops after {}, before its steps are made.": "Остановится через {0}, раньше, чем сделает все шаги.",
    "time used": "прошло времени",
    "Other programs slow this training down: of late it had {} of {}.": "Обучение замедляют другие программы: в "
    "последнее время ему досталось {0} из {1}.",
    "{} processors": "{0} процессоров",
    "{} processor": "{0} процессора",
    "One prompt from step {} to step {}; point at a picture to see its step.": "Один запрос с шага {0} по шаг {1}; "
    "наведите на картинку, чтобы увидеть её шаг.",
    "One prompt from step {} to step {}": "Один запрос с шага {0} по шаг {1}",
    "point at a picture to see its step.": "наведите на картинку, чтобы увидеть её шаг.",
    "step {}": "шаг {0}",
    "Somebody else has started {}, or you have since reloaded the page.": "{0} начали не вы, или вы с тех пор обновили "
    "страницу.",
    "Here runs belong to everybody; the oldest are removed by themselves.": "Здесь запуски общие; самые старые "
    "удаляются сами.",
    "There is no run {} any more.": "Запуска {0} больше нет.",
    "{} is being trained; stop it first.": "{0} сейчас обучается; сначала остановите.",
    "Here datasets belong to everybody; the oldest are removed by themselves.": "Здесь наборы общие; самые старые "
    "удаляются сами.",
    "{} is being written; cancel it first.": "{0} сейчас записывается; сначала отмените.",
    "A training reads {} at the moment; stop it first.": "{0} сейчас читает обучение; сначала остановите его.",
    "A name has at most {} characters, a note {}.": "В названии не больше {0} знаков, в заметке {1}.",
    "There is no {} any more.": "{0} больше нет.",
    "Saved.": "Сохранено.",
    "{} is deleted.": "Удалено: {0}.",
    "A step of {} sees {} clips, a step of {} {} clips.": "За шаг {0} видит роликов: {1}, а {2} роликов: {3}.",
    "A step of {} sees {} clips, a step of {} {} frames.": "За шаг {0} видит роликов: {1}, а {2} кадров: {3}.",
    "A step of {} sees {} frames, a step of {} {} clips.": "За шаг {0} видит кадров: {1}, а {2} роликов: {3}.",
    "A step of {} sees {} frames, a step of {} {} frames.": "За шаг {0} видит кадров: {1}, а {2} кадров: {3}.",
    "The baseline's losses are of another kind: heights do not compare.": "У сетей из статьи потери другие: высоты "
    "сравнивать нельзя.",
    "Percent of clips that show their prompt, at step {}: {}.": "Процент роликов, верных запросу, на шаге {0}: {1}.",
    "How many clips show what their prompt says is measured from step {} on.": "Сколько роликов верны запросу, "
    "измеряется с шага {0}.",
    "Preview {} of {}: step {}, the newest": "Проба {0} из {1}: шаг {2}, новейшая",
    "Preview {} of {}: step {}": "Проба {0} из {1}: шаг {2}",
    "Preview at step {}": "Проба на шаге {0}",
    "Clips of fixed prompts, drawn by {} at step {}": "Ролики постоянных запросов, рисует {0} на шаге {1}",
    "{} is {}; there is nothing to resume.": "{0} {1}; продолжать нечего.",
    "{} has made its {} steps; set more steps to go on.": "{0}: все шаги ({1}) сделаны; задайте больше, чтобы "
    "продолжить.",
    "{} was trained on a dataset from the command line; resume it there, with --data.": "{0} обучался на наборе из "
    "командной строки; продолжите там, с --data.",
    "{} is not running.": "{0} не идёт.",
    "The training was ended before its first step.": "Обучение остановлено до первого шага.",
    "The training process is gone, killed perhaps.": "Процесса обучения больше нет, возможно, его убили.",
    "Good: both lines calm, the generator's slowly falling. Neither network wins at {} for the generator and {} for "
    "the discriminator. (Faint: raw values, cut at {}.)": "Хорошо: обе линии спокойны, у генератора медленно падает. "
    "Ничья: {0} у генератора и {1} у дискриминатора. (Бледно: сырые значения, обрезаны на {2}.)",
    "How real the discriminator finds real clips and drawn ones. Only the distance between the lines counts: the "
    "smaller, the harder they are to tell apart.": "Насколько настоящими дискриминатор считает настоящие и созданные "
    "ролики. Важно только расстояние между линиями: чем оно меньше, тем труднее их различить.",
    "How probable the discriminator finds it that a frame is real. Both at 0.5: it cannot tell them apart. Real near 1 "
    "and drawn near 0: it always can, and the generator learns nothing more.": "Насколько вероятно для дискриминатора, "
    "что кадр настоящий. Обе линии у 0,5: различить не может. Настоящие у 1, созданные у 0: различает всегда, и "
    "генератор больше ничему не учится.",
    "Percent of {} clips that show all that their prompt says. Held-out prompts were never trained: when their line "
    "rises too, the model has learned words, not clips by heart. Pale: single attributes of trained prompts.": "Доля "
    "из {0} роликов, где есть всё, что сказано в запросе. Невиданных запросов в обучении не было: если их "
    "линия тоже растёт, модель выучила слова, а не ролики наизусть. Бледно: отдельные признаки обученных запросов.",
    "A loss is no number any more. Start again with a lower learning rate or another seed.": "Потери больше не число. "
    "Начните заново с меньшей скоростью обучения или другим зерном.",
    "The losses have exploded (discriminator {}). If they are not back within a hundred steps, start again with a "
    "lower learning rate.": "Потери взлетели (дискриминатор {0}). Если за сотню шагов они не вернутся, начните заново "
    "с меньшей скоростью обучения.",
    "Too early to say: in the first {} steps the losses jump in every training.": "Рано судить: первые {0} шагов "
    "потери скачут в любом обучении.",
    "Too early: shapes appear after about {} steps.": "Рано: фигуры появляются примерно через {0} шагов.",
    "The discriminator is ahead (generator {}, discriminator {}). That is usual in the first third and fine while "
    "previews get better.": "Дискриминатор впереди (генератор {0}, дискриминатор {1}). В первой трети это обычно и не "
    "страшно, пока пробы становятся лучше.",
    "Both networks learn (generator {}, discriminator {}).": "Учатся обе сети (генератор {0}, дискриминатор {1}).",
    "The discriminator wins (generator {}, discriminator {}): it recognises every drawn frame. The tutorial's recipe "
    "has nothing against this; compare it with the preset classic.": "Дискриминатор побеждает (генератор {0}, "
    "дискриминатор {1}): узнаёт каждый созданный кадр. В рецепте из статьи против этого ничего нет; сравните с "
    "рецептом classic.",
    "The discriminator wins (generator {}, discriminator {}): the generator hardly learns from it. Start again with a "
    "lower learning rate or another seed if previews stay blank.": "Дискриминатор побеждает (генератор {0}, "
    "дискриминатор {1}): генератору почти нечему учиться. Если пробы остаются пустыми, начните заново с меньшей "
    "скоростью обучения или другим зерном.",
    "The discriminator takes drawn clips for real ones (its loss {}). This mostly passes within some hundred steps; if "
    "not, start again with a lower learning rate.": "Дискриминатор принимает созданные ролики за настоящие (его потери "
    "{0}). Обычно это проходит за несколько сотен шагов; если нет, начните заново с меньшей скоростью обучения.",
    "Neither network learns: the discriminator has only guessed so far. Wait some hundred steps, then try another "
    "seed.": "Не "
    "учится ни одна сеть: дискриминатор пока только гадает. Подождите несколько сотен шагов, потом возьмите "
    "другое зерно.",
    "{} of the frames are blank: the generator has collapsed to drawing nothing. Start again with a lower learning "
    "rate or another seed.": "Пустых кадров {0}: генератор разучился рисовать. Начните заново с меньшей скоростью "
    "обучения или другим зерном.",
    "Prompts were obeyed better before: {} at step {}, now {}. The generator is collapsing.": "Раньше запросы "
    "выполнялись лучше: {0} на шаге {1}, теперь {2}. Генератор разрушается.",
    # Evaluate
    "Two readers that share no code judge every clip: geometry, and a small network trained on real clips.": "Каждый "
    "ролик оценивают два измерителя без общего кода: геометрия и маленькая сеть, обученная на настоящих роликах.",
    "No measurement comes with this checkpoint yet. Measure it below.": "Эту модель ещё не измеряли. Измерьте ниже.",
    "Only the geometric reader was asked: no failed clips, and no comparison with real ones.": "Спрошен только "
    "геометрический измеритель: нет неудачных роликов и сравнения с настоящими.",
    "Both readers found every clip right.": "Оба измерителя считают верными все ролики.",
    "{}: {} clips of trained prompts, as many of unseen ones, seed {}.": "{0}: роликов по знакомым запросам {1}, по "
    "новым столько же, зерно {2}.",
    "{} of {} clips show exactly what was asked": "Просимое точно показывают {0} из {1} роликов",
    "{} of {} clips show exactly what was asked.": "Просимое точно показывают {0} из {1} роликов.",
    "{} of {} clips show exactly what was asked, and {} of {} of prompts that training never showed": "Просимое точно "
    "показывают {0} из {1} роликов, а по запросам, которых в обучении не было, {2} из {3}",
    "{} of {} clips show exactly what was asked, and {} of {} of prompts that training never showed.": "Просимое точно "
    "показывают {0} из {1} роликов, а по запросам, которых в обучении не было, {2} из {3}.",
    "Asked in people's own words, {} of {} clips show what was meant; {} of {} English prompts are understood; {} of "
    "{} Russian prompts are understood.": "Запросы своими словами: задуманное показывают {0} из {1} роликов; понято "
    "{2} из {3} английских запросов и {4} из {5} русских.",
    "{}, own words": "{0}, своими словами",
    "weakest: {}, {}.": "слабее всего: {0}, {1}.",
    "Shipped with the checkpoint": "Приложено к модели",
    "Measured just now": "Измерено сейчас",
    "Loading the checkpoint and the readers.": "Загружаются модель и измерители.",
    "{} of {} clips drawn and read.": "Создано и измерено роликов: {0} из {1}.",
    "About {} left.": "Осталось около {0}.",
    "clips measured": "измерено роликов",
    "Stopped; nothing was measured.": "Остановлено, ничего не измерено.",
    "metrics.json of {} holds no measurement of this project.": "В metrics.json модели {0} нет измерений этого "
    "проекта.",
    "fully right: {}": "всё верно: {0}",
    "blank frames": "пустые кадры",
    "readers agree": "измерители согласны",
    "{}: {} of {} clips, 95% from {} to {}": "{0}: {1} из {2} роликов, 95% от {3} до {4}",
    "{}, geometric": "{0}, геометрический",
    "{}, network": "{0}, нейросеть",
    "{}, trained": "{0}, обученные",
    "{}, unseen": "{0}, новые",
    "{} (seed {}): both readers: {}": "{0} (зерно {1}): оба измерителя: {2}",
    "{} (seed {}): geometric reader: {}": "{0} (зерно {1}): геометрический измеритель: {2}",
    "network reader: {}": "измеритель-нейросеть: {0}",
    "{} (seed {}): {} reader: {} ({} reader agrees with the prompt)": "{0} (зерно {1}): {2}: {3} "
    "({4} согласен с запросом)",
    "no {} found": "не найдено: {0}",
    "{}: colour change in a clip (ACD, RGB levels)": "{0}: изменение цвета в ролике (ACD, уровни RGB)",
    "{}: roughness of the track (second differences)": "{0}: неровность пути (вторые разности)",
    "{}: Frechet distance on the reader's features (no FVD)": "{0}: расстояние Фреше по признакам измерителя (не FVD)",
    "spread of the start over noise, one prompt": "разброс начала при разном шуме, один запрос",
    "spread of the radius over noise, one prompt": "разброс радиуса при разном шуме, один запрос",
    "spread of the path length over noise, one prompt": "разброс длины пути при разном шуме, один запрос",
    "prompts whose clips nearly all start at one place": "запросы, ролики которых почти все начинаются в одном месте",
}
