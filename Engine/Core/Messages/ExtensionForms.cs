namespace TlsFsm.Core.Messages;

/// <summary>What an extension's content turns out to be.</summary>
internal enum ExtensionVerdict
{
    Good,

    /// <summary>It cannot be decoded.</summary>
    Malformed,

    /// <summary>It can, and says what it must not.</summary>
    Illegal,
}

/// <summary>Judges the content of an extension by its form: all of it, and nothing behind it.</summary>
internal delegate ExtensionVerdict ExtensionForm(ReadOnlySpan<byte> content);

/// <summary>The forms that extensions have.</summary>
internal static class ExtensionForms
{
    private delegate void Element(ref Cursor rest);

    /// <summary>Bytes whose form is nobody's matter but the two who know it.</summary>
    public static ExtensionForm Any { get; } = static _ => ExtensionVerdict.Good;

    public static ExtensionForm Empty { get; } = static content => Is(content.IsEmpty);

    public static ExtensionForm OneByte { get; } = static content => Is(content.Length == 1);

    public static ExtensionForm TwoBytes { get; } = static content => Is(content.Length == 2);

    public static ExtensionForm FourBytes { get; } = static content => Is(content.Length == 4);

    /// <summary>opaque&lt;0..2^8-1&gt;.</summary>
    public static ExtensionForm Opaque8 { get; } = static content => One(content, static (ref rest) => rest.Vector8());

    /// <summary>opaque&lt;1..2^16-1&gt;.</summary>
    public static ExtensionForm Opaque16 { get; } = static content =>
        One(content, static (ref rest) => NotEmpty(ref rest, rest.Vector16()));

    /// <summary>Bytes&lt;1..2^8-1&gt;.</summary>
    public static ExtensionForm Bytes8 { get; } = static content => One(content, static (ref rest) => NotEmpty(ref rest, rest.Vector8()));

    /// <summary>Numbers of two bytes&lt;2..2^8-2&gt;.</summary>
    public static ExtensionForm Numbers8 { get; } = static content => One(content, static (ref rest) => Numbers(ref rest, rest.Vector8()));

    /// <summary>Numbers of two bytes&lt;2..2^16-2&gt;.</summary>
    public static ExtensionForm Numbers16 { get; } = static content =>
        One(content, static (ref rest) => Numbers(ref rest, rest.Vector16()));

    /// <summary>Names, each of at least one byte behind its length: at least one name (RFC 7301 section 3.1).</summary>
    public static ExtensionForm Protocols { get; } = static content =>
        List(content, static (ref rest) => NotEmpty(ref rest, rest.Vector8()));

    /// <summary>The same, with one name.</summary>
    public static ExtensionForm Protocol { get; } = static content => One(content, static (ref rest) =>
    {
        var list = new Cursor(rest.Vector16());
        NotEmpty(ref list, list.Vector8());
        Join(ref rest, list);
    });

    /// <summary>RFC 8446 section 4.2.4.</summary>
    public static ExtensionForm Authorities { get; } = static content =>
        List(content, static (ref rest) => NotEmpty(ref rest, rest.Vector16()));

    /// <summary>RFC 6066 section 3: a name of each kind, once.</summary>
    public static ExtensionForm ServerNames { get; } = static content =>
    {
        var form = List(content, static (ref rest) =>
        {
            rest.UInt8();
            NotEmpty(ref rest, rest.Vector16());
        });
        if (form != ExtensionVerdict.Good)
            return form;

        Span<bool> kinds = stackalloc bool[256];
        for (var list = new Cursor(content[2..]); !list.IsAtEnd; list.Vector16())
        {
            ref var isThere = ref kinds[list.UInt8()];
            if (isThere)
                return ExtensionVerdict.Illegal;
            isThere = true;
        }

        return ExtensionVerdict.Good;
    };

    /// <summary>RFC 6066 section 4: 1 to 4.</summary>
    public static ExtensionForm FragmentLength { get; } = static content => OneByte(content) != ExtensionVerdict.Good
        ? ExtensionVerdict.Malformed : Allowed(content[0] is >= 1 and <= 4);

    /// <summary>RFC 6520 section 2: 1 or 2.</summary>
    public static ExtensionForm Heartbeat { get; } = static content => OneByte(content) != ExtensionVerdict.Good
        ? ExtensionVerdict.Malformed : Allowed(content[0] is 1 or 2);

    /// <summary>RFC 8449 section 4: 64 or more.</summary>
    public static ExtensionForm SizeLimit { get; } = static content => TwoBytes(content) != ExtensionVerdict.Good
        ? ExtensionVerdict.Malformed : Allowed(content[0] > 0 || content[1] >= 64);

    /// <summary>RFC 7685 section 3: zeros.</summary>
    public static ExtensionForm Padding { get; } = static content => Allowed(!content.ContainsAnyExcept((byte)0));

    /// <summary>RFC 6066 section 8; of another type than OCSP nothing is known.</summary>
    public static ExtensionForm StatusRequest { get; } = static content => content is [1, ..] ? One(content[1..], StatusOfOcsp)
        : Is(!content.IsEmpty);

    /// <summary>RFC 6961 section 2.2.</summary>
    public static ExtensionForm StatusRequests { get; } = static content => List(content, static (ref rest) =>
    {
        var isOcsp = rest.UInt8() is 1 or 2;
        var request = new Cursor(rest.Vector16());
        if (!isOcsp)
            return;

        StatusOfOcsp(ref request);
        Join(ref rest, request);
    });

    /// <summary>RFC 6066 section 8: OCSP, 24 bits of length, a response.</summary>
    public static ExtensionForm Status { get; } = static content => Is(IsStatus(content));

    /// <summary>Whether it is that, and the response is not empty.</summary>
    public static bool IsStatus(ReadOnlySpan<byte> content)
    {
        var rest = new Cursor(content);
        return rest.UInt8() == 1 && !rest.Vector24().IsEmpty && rest.IsAtEnd && !rest.HasFailed;
    }

    /// <summary>RFC 6962 section 3.3: a list of what is nobody's matter here.</summary>
    public static ExtensionForm Timestamps { get; } = static content =>
        List(content, static (ref rest) => NotEmpty(ref rest, rest.Vector16()));

    /// <summary>RFC 5764 section 4.1.1.</summary>
    public static ExtensionForm Srtp { get; } = static content => One(content, static (ref rest) =>
    {
        Numbers(ref rest, rest.Vector16());
        rest.Vector8();
    });

    /// <summary>RFC 6066 section 6, without a look at each kind.</summary>
    public static ExtensionForm TrustedAuthorities { get; } = static content => One(content, static (ref rest) => rest.Vector16());

    /// <summary>RFC 8446 section 4.2.8: none, or each with a key.</summary>
    public static ExtensionForm KeyShares { get; } = static content => List(content, KeyShareEntry, mayBeEmpty: true);

    public static ExtensionForm KeyShare { get; } = static content => One(content, KeyShareEntry);

    /// <summary>RFC 8446 section 4.2.11: as many binders as identities.</summary>
    public static ExtensionForm PreSharedKeys { get; } = static content =>
    {
        var rest = new Cursor(content);
        var keys = new Cursor(rest.Vector16());
        var identities = 0;
        for (; !keys.IsAtEnd; identities++)
        {
            NotEmpty(ref keys, keys.Vector16());
            keys.Bytes(4);
        }

        var binders = new Cursor(rest.Vector16());
        var count = 0;
        for (; !binders.IsAtEnd; count++)
        {
            if (binders.Vector8().Length < 32)
                binders.Fail();
        }

        return rest.HasFailed || !rest.IsAtEnd || keys.HasFailed || binders.HasFailed || identities == 0 || count == 0
            ? ExtensionVerdict.Malformed : Allowed(identities == count);
    };

    /// <summary>RFC 8446 section 4.2.5.</summary>
    public static ExtensionForm OidFilters { get; } = static content => List(
        content, static (ref rest) =>
        {
            NotEmpty(ref rest, rest.Vector8());
            rest.Vector16();
        },
        mayBeEmpty: true);

    private static void StatusOfOcsp(ref Cursor rest)
    {
        for (var responders = new Cursor(rest.Vector16()); ;)
        {
            if (responders.IsAtEnd)
            {
                Join(ref rest, responders);
                break;
            }

            NotEmpty(ref responders, responders.Vector16());
        }

        rest.Vector16();
    }

    private static void KeyShareEntry(ref Cursor rest)
    {
        rest.UInt16();
        NotEmpty(ref rest, rest.Vector16());
    }

    private static void Numbers(ref Cursor rest, ReadOnlySpan<byte> numbers)
    {
        if (numbers.IsEmpty || numbers.Length % 2 != 0)
            rest.Fail();
    }

    private static void NotEmpty(ref Cursor rest, ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
            rest.Fail();
    }

    /// <summary>What is inside must have been read, and to its end.</summary>
    private static void Join(ref Cursor rest, Cursor inner)
    {
        if (inner.HasFailed || !inner.IsAtEnd)
            rest.Fail();
    }

    private static ExtensionVerdict One(ReadOnlySpan<byte> content, Element read)
    {
        var rest = new Cursor(content);
        read(ref rest);
        return Is(!rest.HasFailed && rest.IsAtEnd);
    }

    /// <summary>Elements in a list with two bytes of length.</summary>
    private static ExtensionVerdict List(ReadOnlySpan<byte> content, Element read, bool mayBeEmpty = false)
    {
        var rest = new Cursor(content);
        var list = new Cursor(rest.Vector16());
        var isEmpty = list.IsAtEnd;
        while (!list.IsAtEnd)
            read(ref list);

        return Is(!rest.HasFailed && rest.IsAtEnd && !list.HasFailed && (mayBeEmpty || !isEmpty));
    }

    private static ExtensionVerdict Is(bool isGood) => isGood ? ExtensionVerdict.Good : ExtensionVerdict.Malformed;

    private static ExtensionVerdict Allowed(bool isAllowed) => isAllowed ? ExtensionVerdict.Good : ExtensionVerdict.Illegal;
}
