"""Why a database cannot be used, in one line for whoever runs the program."""

from typing import Literal

Reason = Literal[
    "address",
    "missing",
    "empty",
    "refused",
    "timeout",
    "password",
    "rights",
    "encryption",
    "too_old",
    "encoding",
    "busy",
    "starting",
    "locked",
    "in_use",
    "read_only",
    "full",
    "newer",
    "foreign",
    "not_a_database",
    "damaged",
    "lost",
    "other",
    "no_backup",
    "not_a_backup",
    "backup_not_written",
]

#: Reason -> Vietnamese, English. {where}: the database without its password. {detail}: what it said itself, and
#: {evidence}: the same in brackets.
_LINES: dict[Reason, tuple[str, str]] = {
    "address": (
        "DATABASE_URL không đọc được{evidence}. Ví dụ đúng: postgresql://user:password@host:5432/db hoặc "
        "sqlite:////path/ledger.db; ký tự đặc biệt trong mật khẩu viết thành %xx.",
        "DATABASE_URL cannot be read{evidence}. Examples: postgresql://user:password@host:5432/db or "
        "sqlite:////path/ledger.db; special characters of a password are written as %xx.",
    ),
    "missing": (
        "Không tìm thấy {where}. Hãy tạo nó, hoặc sửa DATABASE_URL hay DATA_DIR trong .env.",
        "{where} is not there. Create it, or mend DATABASE_URL or DATA_DIR in .env.",
    ),
    "empty": (
        "{where} chưa có dữ liệu nào của Demo Desk.",
        "{where} holds nothing of Demo Desk yet.",
    ),
    "refused": (
        "Không kết nối được {where}{evidence}. Kiểm tra máy chủ PostgreSQL có chạy không và DATABASE_URL trong .env.",
        "{where} does not answer{evidence}. See that the PostgreSQL server runs, and DATABASE_URL in .env.",
    ),
    "timeout": (
        "{where} không trả lời kịp. Kiểm tra mạng, tường lửa và DATABASE_URL trong .env.",
        "{where} does not answer in time. See to the network, the firewall and DATABASE_URL in .env.",
    ),
    "password": (
        "{where} không nhận tên đăng nhập hoặc mật khẩu{evidence}. Sửa DATABASE_URL trong .env.",
        "{where} does not accept the user or the password{evidence}. Mend DATABASE_URL in .env.",
    ),
    "rights": (
        "Người dùng của {where} thiếu quyền{evidence}. Hãy cấp quyền cho người dùng đó.",
        "The user of {where} lacks a right{evidence}. Grant it.",
    ),
    "encryption": (
        "Không mã hoá được kết nối tới {where}{evidence}. Kiểm tra sslmode và chứng chỉ trong DATABASE_URL.",
        "The connection to {where} cannot be encrypted{evidence}. See to sslmode and certificates in DATABASE_URL.",
    ),
    "too_old": (
        "{detail} quá cũ. Hãy dùng bản Python mới hơn, hoặc PostgreSQL.",
        "{detail} is too old. Use a newer Python, or PostgreSQL.",
    ),
    "encoding": (
        "{where} dùng bảng mã {detail}, không giữ được tiếng Việt. Hãy tạo cơ sở dữ liệu với ENCODING 'UTF8'.",
        "{where} has the encoding {detail}, which cannot hold Vietnamese. Create one with ENCODING 'UTF8'.",
    ),
    "busy": (
        "{where} không còn chỗ cho kết nối mới. Tăng max_connections của máy chủ hoặc đóng bớt kết nối.",
        "{where} has no room for another connection. Raise the server's max_connections, or close some.",
    ),
    "starting": (
        "{where} đang khởi động hoặc đang dừng. Hãy thử lại sau ít giây.",
        "{where} is starting or stopping. Try again in a few seconds.",
    ),
    "locked": (
        "{where} đang bị một chương trình khác khoá. Hãy đóng chương trình đó rồi chạy lại.",
        "{where} is locked by another program. Close that one, then start again.",
    ),
    "in_use": (
        "{where} đang được một Demo Desk khác dùng. Hãy dừng nó trước{evidence}.",
        "{where} is in use by another Demo Desk. Stop that one first{evidence}.",
    ),
    "read_only": (
        "Không ghi được vào {where}{evidence}. Cấp quyền ghi cho tệp và thư mục của nó, hoặc đổi DATA_DIR trong .env.",
        "{where} cannot be written to{evidence}. Make the file and its folder writable, or change DATA_DIR in .env.",
    ),
    "full": (
        "Đĩa chứa {where} đã đầy. Hãy dọn bớt rồi chạy lại.",
        "The disk of {where} is full. Free some space, then start again.",
    ),
    "newer": (
        "{where} mới hơn chương trình này (bản {detail}). Hãy cập nhật chương trình, hoặc phục hồi bản sao lưu cũ hơn "
        "vào một cơ sở dữ liệu mới.",
        "{where} is newer than this program (revision {detail}). Update the program, or restore an older backup into a "
        "new database.",
    ),
    "foreign": (
        "{where} đã có bảng của chương trình khác{evidence}. Hãy dùng một cơ sở dữ liệu riêng.",
        "{where} already holds tables of another program{evidence}. Use a database of its own.",
    ),
    "not_a_database": (
        "{where} không phải là cơ sở dữ liệu{evidence}. Sửa DATABASE_URL hay DATA_DIR trong .env, hoặc dời tệp đó đi.",
        "{where} is not a database{evidence}. Mend DATABASE_URL or DATA_DIR in .env, or move that file away.",
    ),
    "damaged": (
        "{where} bị hỏng{evidence}. Dời tệp đi, rồi phục hồi bản sao lưu: python -m ledger restore FILE.",
        "{where} is damaged{evidence}. Move the file away, then bring back a backup: python -m ledger restore FILE.",
    ),
    "lost": (
        "Mất kết nối tới {where}{evidence}.",
        "The connection to {where} was lost{evidence}.",
    ),
    "other": (
        "{where} báo lỗi: {detail}.",
        "{where} reports an error: {detail}.",
    ),
    "no_backup": (
        "Không có tệp {where}. Không có gì bị thay đổi; hãy kiểm tra lại tên tệp.",
        "There is no file {where}. Nothing was changed; look at its name again.",
    ),
    "not_a_backup": (
        "{where} không phải là bản sao lưu nguyên vẹn{evidence}. Không có gì bị thay đổi; hãy chọn tệp khác.",
        "{where} is not a whole backup{evidence}. Nothing was changed; choose another file.",
    ),
    "backup_not_written": (
        "Không ghi được bản sao lưu {where}{evidence}. Hãy chọn nơi khác hoặc dọn bớt đĩa.",
        "The backup {where} could not be written{evidence}. Choose another place, or free some space.",
    ),
}

#: These may pass by themselves. A full disk too: somebody frees space.
_PASSING: frozenset[Reason] = frozenset(
    ("refused", "timeout", "busy", "starting", "locked", "full", "lost", "read_only")
)


class DatabaseUnusable(Exception):
    """The database cannot be used. ``str()`` is one line, Vietnamese / English; no password is in it.

    reason: a code. vi, en: a sentence each. transient: the same may work later with nothing changed here.
    """

    def __init__(self, reason: Reason, vi: str, en: str) -> None:
        super().__init__(f"{vi} / {en}")
        self.reason = reason
        self.vi = vi
        self.en = en

    @property
    def transient(self) -> bool:
        """Whether trying again can help."""
        return self.reason in _PASSING


def unusable(reason: Reason, where: str = "", detail: str = "") -> DatabaseUnusable:
    """The error of this reason. where: the database without its password. detail: evidence, no password either."""
    words = {"where": where, "detail": detail, "evidence": f" ({detail})" if detail else ""}
    vi, en = (line.format(**words) for line in _LINES[reason])
    return DatabaseUnusable(reason, vi, en)
