//! The warnings about code integrity policies in Japanese, and what speaks for each.

use crate::ci_policy::Evidence;
use crate::ci_policy::warnings::WarningCode;

macro_rules! messages {
    ($( $name:ident = $meaning:literal; )*) => {
        /// What a code means.
        pub(in crate::explain) const fn warning(code: WarningCode) -> &'static str {
            match code { $( WarningCode::$name => $meaning, )* }
        }
    };
}

messages! {
    // ポリシーが許すこと。
    AuditMode =
        "ポリシーはブロックすべきものを記録するだけです。構成証明では区別されませんが、ダイジェストは異なります";
    AllowAll = "他の規則が拒否しないファイルをすべて許可する規則があります";
    UserModeUnchecked =
        "`Enabled:UMCI` が設定されていないため、ユーザー モードのコードは検査されません";
    BlocksAll = "シナリオに許可する規則が 1 つもないため、すべてがブロックされます";
    TestRoot =
        "テストまたはプレビューに署名するルートを信頼する署名者があります。テスト署名が有効な場合にのみ意味を持つと考えられます";
    UpdateNoReboot =
        "再起動せずにポリシーを置き換えられます。ホストはこのポリシーで構成証明を受けた後、別のポリシーを使えます";
    UnsignedAllowed = "ポリシーに署名は不要です。ホストの管理者が置き換えられます";
    SupplementalAllowed = "補足ポリシーにより、このポリシーより多くが許可される場合があります";

    // 効果のないもの。
    SupplementalDeny = "補足ポリシーの拒否規則は効果がありません";
    SupplementalOption = "補足ポリシーでは効果のないオプションがあります";
    UnnamedFlags = "オプションのフラグに、名前のないビットがあります";

    // ファイルと署名。
    NotSigned =
        "ポリシーは署名を要求していますが、ファイルに署名がありません。Windows は読み込みません";
    UpdateSignersMissing =
        "ポリシーには署名が必要ですが、更新に必要な署名者が指定されていません";
    SignedCopy =
        "ファイルは署名されています。ホストは中のポリシーを測定するため、そのダイジェストを登録してください";
    CmsVersion =
        "署名の CMS バージョンが 3 です。Windows は受け付けません。バージョン 1 にすると解決することが知られています";
    SignatureBroken = "成り立たない署名があります";
    SignatureUnchecked = "検証できない署名があります";
    Unsupported = "どのスキーマにもないものが XML にあります。変換は拒否されます";
    BodyUnreadable = "ファイルの先頭はポリシーですが、後の部分が形式に反しています";

    // ダイジェストを決める変換。
    OrderUnusual = "規則または設定の順序が、Microsoft の変換ツールの順序と異なります";
    OrderTied =
        "変換ツールの順序で同順位の規則があります。ダイジェストは、どの変換ツールを使ったかで決まります";
    FormatUnproven =
        "この形式を裏付ける XML とバイナリの公開された組がありません。ダイジェストをホストのものと比較してください";
    ContentUnproven = "バイナリ形式の根拠が 1 つの公開実装しかない内容があります";
    PolicyTypeId =
        "`PolicyTypeID` は単一ポリシーの形式です。新しいシステムの変換ツールは警告を出します";
    IgnoredByTarget = "ポリシーの一部は、このシステムでは参照されません";
}

/// What speaks for a statement.
pub(in crate::explain) const fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::RealFiles => "実際のファイル",
        Evidence::Documented => "ドキュメント",
        Evidence::TwoSources => "複数の情報源",
        Evidence::OneSource => "1 つの情報源",
        Evidence::Inferred => "推論",
    }
}
