"""The sentences that replies are made of. ``{subject}`` is what the customer asked about.

Vietnamese stands first. Each topic: the words that call it up, then sentences, one of which is picked.
"""

from dataclasses import dataclass

from .language import Language


@dataclass(frozen=True)
class Topic:
    """What customers ask about.

    words: any of them in the question calls the topic up (small letters, whole words).
    answers: the substance; two of them make the middle of a reply.
    points: for a Markdown list.
    """

    words: tuple[str, ...]
    answers: tuple[str, ...]
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phrases:
    """One language's stock. ``opening`` stands in where the question names nothing to speak of."""

    greeting: str
    thanks: str
    opening: str
    openings: tuple[str, ...]
    closings: tuple[str, ...]
    more: tuple[str, ...]
    quote: str
    quotes: str
    list_intro: str
    table_intro: str
    table_head: tuple[str, str]
    table_rows: tuple[tuple[str, str], ...]
    code_intro: str
    topics: dict[str, Topic]
    other: Topic


_VI = Phrases(
    greeting="Dạ, em chào anh/chị ạ! Em là trợ lý của cửa hàng. Anh/chị cần em tư vấn sản phẩm, tra cứu đơn "
    "hàng hay hỗ trợ đổi trả ạ?",
    thanks="Dạ, không có gì ạ! Cảm ơn anh/chị đã tin tưởng cửa hàng. Khi nào cần, anh/chị cứ nhắn em nhé.",
    opening="Dạ, em chào anh/chị ạ.",
    openings=(
        "Dạ, em đã nhận được câu hỏi về **{subject}** ạ.",
        "Dạ, về **{subject}**, em xin thông tin đến anh/chị như sau.",
        "Cảm ơn anh/chị đã quan tâm đến **{subject}** ạ.",
    ),
    closings=(
        "Anh/chị cần em hỗ trợ thêm gì không ạ?",
        "Anh/chị cho em xin số điện thoại hoặc mã đơn để em kiểm tra kỹ hơn nhé.",
        "Nếu tiện, anh/chị cho em biết thêm nhu cầu để em tư vấn sát hơn ạ.",
        "Em luôn sẵn sàng hỗ trợ anh/chị ạ.",
    ),
    more=(
        "Ngoài ra, anh/chị có thể xem ảnh thực tế và đánh giá của khách đã mua ngay trên trang sản phẩm.",
        "Nhân viên bên em trực từ 8 giờ đến 22 giờ mỗi ngày, kể cả cuối tuần và ngày lễ.",
        "Với khách hàng thân thiết, mỗi đơn hàng đều được tích điểm để đổi ưu đãi cho lần mua sau.",
        "Nếu anh/chị mua làm quà, bên em gói quà và viết thiệp miễn phí.",
        "Anh/chị cũng có thể ghé cửa hàng gần nhất để xem và thử trực tiếp trước khi quyết định.",
        "Mọi thông tin anh/chị cung cấp chỉ được dùng để xử lý đơn hàng và được bảo mật.",
        "Khi nhận hàng, anh/chị được mở gói kiểm tra trước rồi mới thanh toán.",
    ),
    quote="Theo thông tin của cửa hàng: {fact}.",
    quotes="Hiện cửa hàng có:",
    list_intro="Anh/chị lưu ý giúp em mấy điểm sau:",
    table_intro="Em gửi anh/chị bảng tóm tắt để tiện theo dõi:",
    table_head=("Nội dung", "Thông tin"),
    table_rows=(
        ("Giao hàng nội thành", "1–2 ngày"),
        ("Giao hàng tỉnh", "3–5 ngày"),
        ("Đổi trả", "trong 7 ngày"),
        ("Bảo hành", "12 tháng"),
    ),
    code_intro="Đây là đoạn mã mẫu anh/chị có thể tham khảo:",
    topics={
        "delivery": Topic(
            ("giao", "ship", "vận chuyển", "phí ship", "bao lâu", "khi nào nhận", "van chuyen"),
            (
                "Đơn nội thành được giao trong 1–2 ngày, các tỉnh khác khoảng 3–5 ngày làm việc.",
                "Đơn đặt trước 15 giờ sẽ được đóng gói và bàn giao cho đơn vị vận chuyển ngay trong ngày.",
                "Ngay khi đơn rời kho, anh/chị sẽ nhận được mã vận đơn qua tin nhắn để theo dõi.",
                "Phí giao hàng được hiển thị ở bước thanh toán, trước khi anh/chị xác nhận đơn.",
            ),
            (
                "Kiểm tra lại địa chỉ và số điện thoại người nhận.",
                "Chọn khung giờ nhận hàng thuận tiện.",
                "Giữ lại mã vận đơn cho đến khi nhận được hàng.",
            ),
        ),
        "returns": Topic(
            ("đổi", "trả", "hoàn", "hoàn tiền", "đổi trả", "hoan tien", "doi tra", "lỗi", "hỏng"),
            (
                "Anh/chị được đổi hoặc trả trong 7 ngày kể từ khi nhận hàng, sản phẩm còn nguyên tem mác.",
                "Nếu lỗi từ phía cửa hàng, bên em chịu toàn bộ phí vận chuyển hai chiều.",
                "Tiền hoàn sẽ về tài khoản của anh/chị sau 3–5 ngày làm việc.",
            ),
            (
                "Chụp ảnh sản phẩm và tem mác.",
                "Gửi mã đơn hàng cùng lý do đổi trả.",
                "Đóng gói lại như lúc nhận; bưu tá sẽ đến tận nơi lấy hàng.",
            ),
        ),
        "order": Topic(
            ("đơn hàng", "mã đơn", "đơn của", "tra cứu", "don hang", "ma don", "kiểm tra đơn"),
            (
                "Anh/chị gửi em mã đơn hàng (bắt đầu bằng DH) để em tra cứu ngay ạ.",
                "Trạng thái đơn được cập nhật mỗi giờ trong mục “Đơn hàng của tôi”.",
                "Nếu đơn chưa rời kho, em vẫn đổi được địa chỉ hoặc sản phẩm cho anh/chị.",
            ),
        ),
        "price": Topic(
            ("giá", "bao nhiêu", "giá bao", "khuyến mãi", "giảm", "rẻ", "bao nhieu", "gia"),
            (
                "Giá niêm yết trên trang sản phẩm là giá cuối cùng, đã gồm thuế.",
                "Mã giảm giá còn hạn sẽ tự hiện ra ở bước thanh toán.",
                "Mua từ hai sản phẩm trở lên, anh/chị được ưu đãi thêm và miễn phí giao hàng.",
            ),
        ),
        "stock": Topic(
            ("còn hàng", "còn", "size", "màu", "cỡ", "con hang", "hết hàng", "mẫu"),
            (
                "Mẫu này hiện vẫn còn hàng với các cỡ và màu phổ biến nhất.",
                "Anh/chị cho em chiều cao và cân nặng, em sẽ chọn cỡ vừa nhất.",
                "Nếu cỡ anh/chị cần tạm hết, em có thể giữ chỗ và báo ngay khi hàng về.",
            ),
        ),
        "warranty": Topic(
            ("bảo hành", "bao hanh", "sửa"),
            (
                "Sản phẩm được bảo hành chính hãng 12 tháng kể từ ngày mua.",
                "Anh/chị chỉ cần đọc số điện thoại đã mua hàng, không cần giữ hóa đơn giấy.",
                "Trường hợp cần sửa chữa, thời gian xử lý thường từ 5 đến 7 ngày.",
            ),
        ),
        "payment": Topic(
            ("thanh toán", "chuyển khoản", "trả góp", "momo", "cod", "thẻ", "thanh toan", "tra gop"),
            (
                "Anh/chị có thể thanh toán khi nhận hàng, chuyển khoản, quét mã QR hoặc dùng ví điện tử.",
                "Đơn từ 3 triệu đồng được trả góp 0% qua thẻ tín dụng.",
                "Sau khi chuyển khoản, hệ thống tự xác nhận trong khoảng một phút.",
            ),
        ),
    },
    other=Topic(
        (),
        (
            "Em đã ghi nhận nhu cầu của anh/chị và xin gợi ý phương án phù hợp nhất.",
            "Sản phẩm này đang được nhiều khách lựa chọn và đánh giá tốt.",
            "Tùy vào nhu cầu và ngân sách, bên em có vài lựa chọn để anh/chị cân nhắc.",
            "Đây là câu hỏi nhiều khách cũng quan tâm, em xin giải thích ngắn gọn ạ.",
        ),
        (
            "Xác định nhu cầu chính và ngân sách dự kiến.",
            "So sánh hai, ba lựa chọn gần nhất.",
            "Hỏi em về ưu đãi đang áp dụng trước khi đặt.",
        ),
    ),
)

_EN = Phrases(
    greeting="Hello, and welcome! I'm the shop's assistant. Can I help you choose a product, track an order "
    "or arrange a return?",
    thanks="You're very welcome! Thank you for shopping with us. Just write whenever you need anything.",
    opening="Thanks for reaching out!",
    openings=(
        "Thank you for asking about **{subject}**.",
        "Happy to help with **{subject}**.",
        "Good question about **{subject}**.",
    ),
    closings=(
        "Is there anything else I can help you with?",
        "If you share your phone number or order number, I can look into it further.",
        "Tell me a little more about what you need and I can be more precise.",
        "I'm here whenever you need me.",
    ),
    more=(
        "You will also find real photos and customer reviews on the product page.",
        "Our team is available from 8 am to 10 pm every day, weekends and holidays included.",
        "Members collect points with every order and can use them on the next one.",
        "If it is a gift, we wrap it and add a card free of charge.",
        "You are also welcome to visit the nearest shop and try it before you decide.",
        "Whatever you share with us is used to process your order and for nothing else.",
        "You may open the parcel and check it before you pay.",
    ),
    quote="According to our shop's information: {fact}.",
    quotes="Here is what we have at the moment:",
    list_intro="A few things to keep in mind:",
    table_intro="Here is a short overview:",
    table_head=("Item", "Details"),
    table_rows=(
        ("Delivery in the city", "1–2 days"),
        ("Delivery elsewhere", "3–5 days"),
        ("Returns", "within 7 days"),
        ("Warranty", "12 months"),
    ),
    code_intro="Here is a small example you can start from:",
    topics={
        "delivery": Topic(
            ("delivery", "deliver", "ship", "shipping", "how long", "arrive", "when will"),
            (
                "Orders within the city arrive in 1–2 days, elsewhere in about 3–5 working days.",
                "Orders placed before 3 pm are packed and handed to the carrier the same day.",
                "As soon as your parcel leaves the warehouse, you receive a tracking number by text message.",
                "The delivery fee is shown at checkout, before you confirm the order.",
            ),
            (
                "Check the address and phone number of the recipient.",
                "Choose a delivery time that suits you.",
                "Keep the tracking number until the parcel is in your hands.",
            ),
        ),
        "returns": Topic(
            ("return", "returns", "refund", "exchange", "broken", "faulty", "damaged"),
            (
                "You can exchange or return it within 7 days of delivery, as long as the tags are still on.",
                "If the fault is ours, we cover shipping both ways.",
                "Refunds reach your account within 3–5 working days.",
            ),
            (
                "Take a photo of the item and its tags.",
                "Send us the order number and the reason.",
                "Pack it as it came; the courier collects it at your door.",
            ),
        ),
        "order": Topic(
            ("my order", "order number", "track", "tracking", "order status"),
            (
                "Please send me the order number (it starts with DH) and I will look it up right away.",
                "The status is updated every hour under “My orders”.",
                "As long as it has not left the warehouse, I can still change the address or the items.",
            ),
        ),
        "price": Topic(
            ("price", "prices", "cost", "costs", "how much", "discount", "cheap", "cheaper"),
            (
                "The price on the product page is final and includes tax.",
                "Any voucher that is still valid shows up at checkout by itself.",
                "With two items or more you get a further discount and free delivery.",
            ),
        ),
        "stock": Topic(
            ("in stock", "available", "size", "sizes", "colour", "color", "sold out"),
            (
                "It is in stock in the most popular sizes and colours.",
                "Tell me your height and weight and I will find the size that fits best.",
                "If your size is sold out, I can reserve one and let you know as soon as it is back.",
            ),
        ),
        "warranty": Topic(
            ("warranty", "guarantee", "repair"),
            (
                "It comes with a 12-month manufacturer's warranty from the day of purchase.",
                "All we need is the phone number you ordered with; no paper receipt.",
                "A repair usually takes 5 to 7 days.",
            ),
        ),
        "payment": Topic(
            ("pay", "payment", "card", "instalments", "installments", "cash", "transfer"),
            (
                "You can pay on delivery, by bank transfer, by QR code or with an e-wallet.",
                "Orders above 3 million dong can be paid in instalments at 0% by credit card.",
                "A bank transfer is confirmed automatically within about a minute.",
            ),
        ),
    },
    other=Topic(
        (),
        (
            "I have noted what you need and would suggest the option that fits best.",
            "Many of our customers choose this one and rate it highly.",
            "Depending on your needs and budget, there are a few options to consider.",
            "Many customers ask this, so let me explain briefly.",
        ),
        (
            "Decide on your main need and your budget.",
            "Compare the two or three closest options.",
            "Ask me about current offers before you order.",
        ),
    ),
)

PHRASES: dict[Language, Phrases] = {"vi": _VI, "en": _EN}
GREETINGS = ("xin chào", "chào", "xin chao", "chao", "hello", "hi", "hey", "alo")
THANKS = ("cảm ơn", "cám ơn", "cam on", "thanks", "thank you")
TABLE = ("bảng", "bang", "table", "so sánh", "compare")
CODE = ("code", "python", "javascript", "mã nguồn", "đoạn mã", "script", "lập trình")
LIST = ("danh sách", "liệt kê", "các bước", "list", "steps", "how to", "làm sao", "thế nào")
_EMPTY_WORDS = """
    ạ ơi à anh bác bạn bao bằng bên bị bởi các cái cần chào cho chị chưa có còn cô của cùng cứ đã đang để
    đến đi được dạ em gì giúp hay hãy hỏi hơn khi không là làm lại lâu loại mà mình muốn mỗi một mua này nên
    nào nếu ngay nhé nhỉ nhiêu như những ở ra rất rồi sao sẽ shop tại thế thì theo tôi trong từ và vào vậy về
    với vẫn xin giá bảng so sánh liệt kê viết danh sách ạ
    oi minh khong co bao nhieu nhe gia la gi duoc toi muon hoi ve bang
    a about an and any anything are at be by can could do does for from give have hello hey hi how i if in is
    it its long me much my of on one or our please show tell than that the their there this to us was we what
    when where which who why will with would you your want need make list table code write
    compare price prices cost costs take takes took
"""
STOP_WORDS = frozenset(_EMPTY_WORDS.split())
"""Words that say nothing of what the customer asks about."""
