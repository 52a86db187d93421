"""Units, counters, the words for `or` and `and`, and words of doubt, in several languages."""

from __future__ import annotations

_UNITS = {
    "second": "秒 秒钟 sekunden sekunde secondes segundos segundo secondi secondo секунд секунды секунда 초 ثانية "
    "ثوان",
    "minute": "分钟 分鐘 minuten minutos minuto minuti минут минуты минута 분 دقيقة دقائق",
    "hour": "小时 小時 时 时间 時間 stunden stunde heures heure horas hora ore ora часов часа час 시간 ساعة ساعات",
    "day": "天 日 tage tag tagen jours jour días día dias dia giorni giorno дней дня день 일 يوم أيام",
    "week": "周 星期 wochen woche semaines semaine semanas semana settimane settimana недель недели неделя "
        "أسبوع أسابيع",
    "month": "个月 個月 monate monat mois meses mes mesi mese месяцев месяца месяц شهر أشهر",
    "year": "年 岁 歲 歳 jahre jahr jahren ans années année años año anos ano anni anno лет года год 년 سنة سنوات "
    "عام",
    "millimeter": "毫米 мм millimètres milímetros millimetri",
    "centimeter": "厘米 公分 zentimeter centimètres centímetros centimetri см сантиметров سم",
    "decimeter": "分米 дм",
    "meter": "米 公尺 mètres mètre metros metro metri м метров метра метр 미터 متر أمتار",
    "kilometer": "千米 公里 kilomètres kilómetros quilômetros chilometri км километров كم",
    "gram": "克 gramm grammes gramos gramas grammi г грамм граммов",
    "kilogram": "千克 公斤 kilogramm kilogrammes kilogramos quilogramas chilogrammi кг килограмм килограммов كجم",
    "tonne": "吨 噸 тонн тонны",
    "liter": "升 litres litros litri л литров литра لتر",
    "milliliter": "毫升 мл",
    "degree": "度 degrés degré grados graus gradi градусов градуса градус درجة درجات",
    "meter^2": "平方米 quadratmeter",
    "centimeter^2": "平方厘米 平方公分 quadratzentimeter",
    "kilometer^2": "平方千米 平方公里",
    "meter^3": "立方米 kubikmeter",
    "centimeter^3": "立方厘米",
    "dollar": "美元 美金 dólares dólar dollari долларов دولار",
    "euro": "欧元 евро يورو",
    "yuan": "元 圆 块 人民币 元钱 块钱",
    "jiao": "角",
    "point": "分",
    "celsius": "摄氏度",
    "yen": "日元 円",
    "won": "원",
    "ruble": "рублей рубля рубль руб",
    "peso": "pesos peso",
    "": "个 個 只 本 支 枝 页 頁 棵 辆 輛 张 張 件 条 條 朵 头 頭 匹 座 间 層 层 瓶 袋 箱 盒 道 题 題 名 人 位 台 枚 "
        "次 杯 碗 封 首 篇 束 堆 户 篮 节 遍 趟 筐 桶 包 "
        "颗 粒 根 把 株 艘 架 家 所 种 種 개 명 마리 권 장 personen person äpfel apfel stück schüler kinder pommes "
        "personnes élèves enfants manzanas personas estudiantes niños libros maçãs pessoas alunos mele persone "
        "studenti libri "
        "livres яблок яблока человек человека штук книг книги учеников تفاحات تفاحة طلاب كتب أشخاص",
}  # fmt: skip

# word -> unit of `units`; the counters stand for nothing at all
UNITS = {word: unit for unit, words in _UNITS.items() for word in words.split()}

# word -> `or` / `and`. A letter alone is one of these only inside a text command.
SEPARATORS = {
    **dict.fromkeys("or oder ou o או или або 或 或者 または 또는 أو ή".split(), "or"),
    **dict.fromkeys("and und et y e и та 和 与 與 及 以及 と 그리고 و και".split(), "and"),
}

# Words that put a claim in doubt or take it back, wherever they stand beside one.
HEDGES = frozenset(
    "not no nor neither never or either wrong incorrect false maybe perhaps possibly probably likely might could "
    "guess "
    "unsure uncertain unless otherwise alternatively else but except instead rather versus vs resp respectively "
    "nicht kein keine oder vielleicht eventuell möglicherweise falsch sonst beziehungsweise "
    "pas ou peut être faux sinon non jamais quizás quizá acaso nunca falso talvez não forse oppure "
    "не нет или возможно наверное может неверно ni misschien kanske måske "
    "或 或者 可能 也许 不是 错误 また または かも 또는 아마 أو ربما ليس خطأ لا".split()
)
