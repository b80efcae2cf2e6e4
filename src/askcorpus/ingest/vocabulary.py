"""What the furniture of web pages is made of: words of forms, share bars, notices and teasers.

Each function judges one piece by itself; where it stands in the page is judged elsewhere.
Every pattern is anchored or bounded, so that none is slow on a long line.
May import: this room.
"""

from __future__ import annotations

import re

from askcorpus.ingest.pieces import Piece

_INTERFACE = frozenset(
    "accept accessibility account add advertise advertisement alert alerts archive archives "
    "audio back benefit bookmark browse cancel captcha careers categories category click close "
    "comment comments community connect contact content contribution cookie cookies copy "
    "custom dark data delete dislike display displayed display download email e-mail emails "
    "english epaper facebook fields flag flipboard follow font footer forgot forum gallery guest "
    "header help home instagram join language larger latest lastest like likes linkedin link "
    "listen load loading log login logout mail marked member members membership menu mobile mode "
    "more name navigation newest newsletter newsletters next note notifications oldest open "
    "pager page pages pagination password personalize pinterest play policy popular post "
    "preferences previous print privacy profile publicly published rate reader readers reddit "
    "register reply report required reset rss save scroll search send settings share shares "
    "sharing shop show sign signing sitemap size skip smaller sms social sort subscribe "
    "subscriber subscribers subscription submit telegram terms text toggle top tumblr tweet "
    "twitter unsubscribe user username video videos view viber watch website whatsapp wechat "
    "xing youtube zoom".split()
)
_FUNCTION = frozenset(
    "a an the to in on or and with us your our for this that of not be will here using via as by "
    "it at from up out you my is are any all no if be been main".split()
)
_SOCIAL = frozenset(
    "facebook twitter x whatsapp telegram linkedin pinterest reddit tumblr email e-mail print "
    "instagram youtube viber flipboard messenger digg stumbleupon google pocket sms copy link "
    "line wechat bluesky mastodon threads more share tweet pin post save rss".split()
)
_BRANDS = frozenset(
    "facebook twitter whatsapp telegram linkedin pinterest reddit tumblr instagram youtube viber "
    "flipboard messenger digg stumbleupon wechat bluesky mastodon".split()
)
_TOKENS = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)?")

_TAG_LABEL = re.compile(
    r"(?:tags?|tagged(?: (?:under|with|as|in))?|filed (?:under|in)|posted in|published in|"
    r"categor(?:y|ies)|topics?|related topics?|keywords?|region|theme|subjects?|section|labels?|"
    r"in this (?:story|article)|more (?:about|on))\b\s?(?P<colon>:?)\s?(?P<rest>.{0,300})$",
    re.IGNORECASE,
)
_TAG_LABEL_SURE = re.compile(
    r"(?:tags?\s?:|tagged\b|filed (?:under|in)\b|posted in\b|published in\b|related topics?\b)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"(?:please )?(?:share|tweet|like|follow|pin|e-?mail|print|save|bookmark|recommend)\b"
    r"(?: (?:this|us|it|the|our))?(?: (?:article|story|page|post|news))?"
    r"(?: (?:on|via|to|with|by))?(?: [\w-]{1,20}){0,3}[:!]?$",
    re.IGNORECASE,
)
_READ_MORE = re.compile(
    r"[-–—»>▶►*\s]{0,4}(?:(?:read (?:more|also|next|now)|also read|more to read|must[- ]read|"
    r"related (?:article|story|stories|news|post))\s?(?::|\||–|—|-|»|>)|"
    r"(?:click|tap) here (?:to|for) (?:read|view|see|more|the full))\s?\S",
    re.IGNORECASE,
)
_READ_MORE_WEAK = re.compile(
    r"(?:more(?: on this)?|related|recommended|see more|watch(?: live)?|see also"
    r"|further reading|listen|photos|gallery|video|"
    r"don['’]t miss|opinion)\s?[:|»>]\s?\S",
    re.IGNORECASE,
)
_ADVERTISEMENT = re.compile(
    r"[-–—\s\[(]{0,4}(?:advertisements?|advertising|adverts?|sponsored(?: (?:content|post"
    r"|links?))?|"
    r"promoted(?: content)?|(?:story|article) continues below(?: (?:this )?ad(?:vertisement)?)?|"
    r"continue reading(?: below)?(?: the main story)?|scroll (?:down )?to continue(?: reading)?|"
    r"(?:skip|remove) ads?(?:vertisement)?|ad feedback)[-–—\s\])]{0,4}$",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"(?:(?:copyright|©|\(c\)|&copy;)\s?(?:©|\(c\)|(?:19|20)\d\d\b|\S.{0,120}?(?:19|20)\d\d\b)"
    r"|©\s?\S)",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"all rights reserved|may not be (?:published|reproduced|copied|republished|redistributed)"
    r"|(?:reprinted|republished|reproduced) with(?:out)? "
    r"(?:the )?(?:express |written |prior )*permission",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"fair use|copyright owner|copyright(?:ed)? material|all rights reserved|permission|"
    r"sole responsibility|(?:not|be) responsible for|inaccurate|incorrect statement|"
    r"views expressed|opinions expressed|do(?:es)? not necessarily (?:reflect|represent)|"
    r"cross-post|hyperlink|this (?:site|website)|our readers|the author(?:\(s\)|s)?\b|"
    r"for (?:publication|reprint|permission)|redistribut|terms of (?:use|service)|"
    r"contents? of this (?:article|site|page|publication)|without profit|legal advice",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"(?:legal )?disclaimer\b|(?:the )?(?:views|opinions) expressed", re.IGNORECASE
)
_ABOUT_SITE = re.compile(
    r"(?:www\.|https?://)?[\w.-]{2,60}\.[a-z]{2,10} (?:contains|is not responsible|does not|may)\b",
    re.IGNORECASE,
)
_INQUIRIES = re.compile(
    r"(?:for )?(?:all )?(?:media|press|general|advertising|editorial|syndication|licensing)"
    r"(?: and \w{1,20})? (?:inquir|enquir|contacts?\b|requests?\b|queries\b)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"(?:please )?(?:sign[- ]?up|subscribe|join|become a|get|receive|follow|like us|donate|"
    r"comment on|download|click here|enter your|don['’]t miss|never miss|support (?:us|our)|"
    r"register|start your|have your say|(?:dis)?like what you|enjoy(?:ed|ing) (?:this|our))\b",
    re.IGNORECASE,
)
_CALL_FOR = re.compile(
    r"newsletters?\b|\binbox\b|mailing list|\bmembership\b|become a member|\bsubscri|"
    r"\bdonat(?:e|ion)|our (?:app|channel|podcast|journalism|telegram|whatsapp|youtube)\b|"
    r"(?:facebook|twitter|instagram|fan) page|e-?mail alerts|free trial|comments? (?:below"
    r"|section)|"
    r"\bon (?:facebook|twitter|instagram|telegram|whatsapp|linkedin|social media)\b",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"\b(?:our|us|your|you|we)\b", re.IGNORECASE)
_CALL_LOOSE = re.compile(
    r"(?:please )?(?:support|share your|send (?:us )?your|tell us|be part|help us|make a donation|"
    r"give|thank you for|stay (?:informed|connected|up)|try|want|if you (?:like|enjoy)|"
    r"keep up|connect with|love|become|join|comment on|follow)\b",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    r"\buses? (?:\w{1,15} ){0,3}cookies|accept (?:all )?(?:the )?cookies|cookies? (?:to|on|help"
    r"|are used|"
    r"policy|settings|notice|preferences|and similar)\b|use of cookies",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"your e-?mail(?: address)? will (?:not|never) be|required fields are marked|"
    r"save my name,? e-?mail|notify me of (?:new|follow-?up)|this site uses akismet|"
    r"you must be logged in|(?:log|sign)(?:ged)? ?in (?:or \w{1,12} )?to (?:post|comment|reply"
    r"|leave|join|view)|"
    r"(?:post|leave|write|add) (?:a|your|new)(?: new)? (?:comment|reply|contribution)"
    r"|forgot (?:your )?password|"
    r"comment as a guest|(?:not|already) a (?:member|subscriber)|comments? (?:are"
    r"|is) (?:now )?closed|"
    r"solve the captcha|i['’]m not a robot|please enable javascript|"
    r"your browser (?:does not|is)|javascript (?:is|must be) |"
    r"back to top$|skip to (?:main )?content",
    re.IGNORECASE,
)
_METER = re.compile(
    r"(?:\d{1,4}(?:\.\d{1,6})? ?(?:seconds?|ms)|page \d{1,4}(?: of \d{1,4})?|\d{1,7} (?:views?"
    r"|shares?|"
    r"likes?|reads?|hits)|(?:views?|shares?|likes?|reads?|hits) ?:? ?\d{1,9}|"
    r"(?:[«‹<]? ?\d{1,3} ?){2,10}(?:next|last|»|>)?|\d{1,3} min(?:ute)?s? read)$",
    re.IGNORECASE,
)
_SECTION_SURE = re.compile(
    r"(?:related (?:articles?|stories|posts?|news|content|links?|coverage)|related reading|"
    r"you (?:may|might) (?:also )?(?:like|enjoy|be interested in).{0,30}|elsewhere on .{1,40}|"
    r"recommended(?: (?:for you|stories|reading|articles))?|most (?:read|popular|viewed|shared|"
    r"commented|recent)(?: \w{1,20})?|trending(?: now| stories| topics)?|read (?:next|also|more)|"
    r"latest (?:news|stories|articles|posts|headlines|from .{1,40})|popular (?:now|posts|stories)|"
    r"editor['’]?s['’]? picks?|top stories|(?:from )?around the web|promoted stories|"
    r"in other news|what (?:others|people|to) (?:are reading|read next)|don['’]t miss|"
    r"(?:next|previous) (?:article|story|post)|similar (?:articles|stories|posts)|"
    r"more (?:stories|news|articles)(?: (?:from|on|in|like this) ?.{0,40})?|"
    r"more on this (?:story|topic)|also (?:on|in) .{1,40}|recent (?:posts|articles|stories"
    r"|comments))"
    r"\s?[:»>]?$",
    re.IGNORECASE,
)
_SECTION_WEAK = re.compile(
    r"(?:external links?|related|see also|further reading|more (?:from|in|on|about) .{1,40}|links|"
    r"what you say|read more.{0,20}|more)\s?[:»>]?$",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s?(?:\(?(?:read |continue )?(?:more|reading)\)?)?\s?[»>›→]?$"
    r"|[^.!?\s]\s(?:read )?more\s?[»>›→]?$",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"(?<!\w)(?:\d{1,3}|an?|one|few) ?(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|"
    r"months?|years?|[smhdwy]) ago\b|\byesterday\b|\bjust now\b",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"(?:the )?(?:original source|originally (?:published|appeared|posted|printed)|"
    r"first (?:published|appeared|posted)|this (?:article|story|piece|post|report|essay) "
    r"(?:was |is |has been |)(?:originally |first )?(?:published|appeared|posted|written"
    r"|translated)|"
    r"translated\b|additional reporting|reporting (?:by|for)\b|edit(?:ed|ing) by|written by|"
    r"compiled by|with reporting|photographs? by|sources?\s?:|via\s?:)",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"\b(?:photo(?:graph)?s?|images?|pictures?|illustration|caption"
    r"|file photo)(?: \w{1,12})?\s?[:/|(©]"
    r"|\b(?:photo|photograph|picture|image|illustration)s? (?:by|courtesy|credit)\b|\bcredits?:"
    r"|[/(©]\s?(?:ap|afp|reuters|getty|epa|shutterstock|xinhua)\b[^-–—]{0,20}$|\bgetty images",
    re.IGNORECASE,
)


def is_interface(piece: Piece) -> bool:
    """Tell a line of buttons, menus or form labels by the share of such words in it."""
    tokens = [word.lower() for word in _TOKENS.findall(piece.text[:300])]
    if not 1 <= len(tokens) <= 14 or piece.text.endswith((".", "?", "…")):
        return False
    content = [word for word in tokens if word not in _FUNCTION and not word.isdigit()]
    hits = sum(1 for word in content if word in _INTERFACE)
    return bool(content) and hits >= 0.75 * len(content)


def is_trail(piece: Piece) -> bool:
    """Tell a trail of sections: `Home › World › Islands`."""
    parts = re.split(r"\s?[›»>→/]\s?", piece.text[:200])
    return 2 < len(parts) <= 6 and all(0 < len(part.split()) <= 4 for part in parts[:-1])


def is_share_line(piece: Piece) -> bool:
    """Tell a share bar: `Share on Facebook`, `Facebook Twitter WhatsApp Email`."""
    tokens = [word.lower() for word in _TOKENS.findall(piece.text[:200])]
    brands = sum(1 for word in tokens if word in _BRANDS)
    if brands and len(tokens) <= 12 and all(word in _SOCIAL | _FUNCTION for word in tokens):
        return brands >= 3 or not {"share", "tweet", "pin", "post", "print"}.isdisjoint(tokens)
    words = set(tokens)
    asks = _SHARE.match(piece.text) is not None and len(tokens) <= 7 and not piece.is_sentence
    return asks and bool(words & _BRANDS or {"article", "story", "page", "post"} & words)


def tag_label(piece: Piece) -> bool:
    """Tell a line of tags, regions or sections: a label with links or a list behind it."""
    if piece.is_sentence or piece.words > 40:
        return False
    head, colon, rest = piece.text.partition(":")
    if (
        colon
        and rest
        and len(head.split()) <= 4
        and piece.linked * len(piece.text) >= 0.85 * len(rest.replace(",", "").strip())
    ):
        return piece.linked > 0
    found = _TAG_LABEL.match(piece.text)
    return found is not None and bool(found["colon"] or not found["rest"] or _sure_tag(piece))


def _sure_tag(piece: Piece) -> bool:
    return _TAG_LABEL_SURE.match(piece.text) is not None and piece.words <= 25


def is_read_more(piece: Piece) -> bool:
    """Tell `READ MORE: headline of another story`."""
    return 5 <= piece.words <= 40 and _READ_MORE.match(piece.text) is not None


def is_read_more_weak(piece: Piece) -> bool:
    """Tell `Related: …`, `See also: …` and the like, which a manual may hold as well."""
    return piece.words <= 40 and _READ_MORE_WEAK.match(piece.text) is not None


def is_advertisement(piece: Piece) -> bool:
    """Tell the label of an advertisement."""
    return _ADVERTISEMENT.match(piece.text) is not None


def is_copyright(piece: Piece) -> bool:
    """Tell a copyright notice."""
    if piece.words > 80:
        return False
    return _COPYRIGHT.match(piece.text) is not None or (
        _RIGHTS.search(piece.text) is not None and ("©" in piece.text or piece.words <= 40)
    )


def legal_marks(piece: Piece) -> int:
    """Count the different phrases of disclaimers and terms of use in a piece."""
    marks = {match[0].lower() for match in _LEGAL.finditer(piece.text[:5000])}
    opens = _DISCLAIMER.match(piece.text) or _ABOUT_SITE.match(piece.text)
    return len(marks) + (2 if opens else 0)


def is_disclaimer(piece: Piece) -> bool:
    """Tell a disclaimer that names itself or speaks of its own site in several phrases."""
    opens = _DISCLAIMER.match(piece.text) or _ABOUT_SITE.match(piece.text)
    return legal_marks(piece) >= (3 if opens else 5)


def is_inquiries(piece: Piece) -> bool:
    """Tell a line that says whom to write to."""
    return _INQUIRIES.match(piece.text) is not None and (
        "@" in piece.text or ":" in piece.text or piece.linked > 0
    )


def is_call(piece: Piece) -> bool:
    """Tell a call to subscribe, donate, become a member or follow that can stand nowhere else."""
    return (
        piece.words <= 50
        and _CALL.match(piece.text) is not None
        and _CALL_FOR.search(piece.text) is not None
        and _ADDRESSED.search(piece.text) is not None
        and not piece.text.endswith(("”", "’", '"'))
    )


def is_call_at_end(piece: Piece) -> bool:
    """Tell a call by weaker signs, which only count below the end of an article."""
    return piece.words <= 40 and (is_call(piece) or _CALL_LOOSE.match(piece.text) is not None)


def is_cookie_notice(piece: Piece) -> bool:
    """Tell a notice about cookies: it speaks of them to the reader, and of little else."""
    return (
        piece.words <= 80
        and _COOKIES.search(piece.text[:1000]) is not None
        and _ADDRESSED.search(piece.text[:1000]) is not None
        and not piece.text.startswith(("“", '"', "‘"))
    )


def is_form(piece: Piece) -> bool:
    """Tell a line of a comment or sign-in form."""
    return piece.words <= 20 and _FORM.search(piece.text) is not None


def is_meter(piece: Piece) -> bool:
    """Tell counters and pagers: `0.157 seconds`, `Page 1 of 3`, `12 shares`."""
    return _METER.match(piece.text) is not None


def opens_section(piece: Piece) -> str | None:
    """Tell whether a line opens a list of other stories: `sure`, `weak` or None."""
    if piece.words > 9:
        return None
    if _SECTION_SURE.match(piece.text):
        return "sure"
    return "weak" if _SECTION_WEAK.match(piece.text) else None


def is_cut(piece: Piece) -> bool:
    """Tell a text cut off in its middle: it ends in `…`, `read more` or a bare `more`."""
    return _CUT.search(piece.text[-30:]) is not None


def without_age(text: str) -> tuple[str, bool]:
    """Take `2 hours ago` out of a line, and tell whether it was there."""
    short = _AGO.sub("", text[:300])
    return short, short != text[:300]


def is_attribution(piece: Piece) -> bool:
    """Tell a line that says where the text comes from or who worked on it."""
    return piece.words <= 40 and _ATTRIBUTION.match(piece.text) is not None


def has_credit(piece: Piece) -> bool:
    """Tell a caption by its credit."""
    return (
        _CREDIT.search(piece.text[-160:]) is not None or _CREDIT.search(piece.text[:40]) is not None
    )
