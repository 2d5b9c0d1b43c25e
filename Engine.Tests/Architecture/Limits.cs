using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace TlsFsm.Tests.Architecture;

/// <summary>Every number that bounds something, as the public surface and its XML documentation say it.</summary>
internal static partial class Limits
{
    private static readonly Dictionary<string, XElement> Docs = XDocument
        .Load(Path.ChangeExtension(typeof(TlsException).Assembly.Location, ".xml"))
        .Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    /// <summary>Options that are numbers or times, and numbers that constructors and factories take by default.</summary>
    public static IReadOnlyList<Limit> All { get; } =
    [
        .. from type in typeof(TlsException).Assembly.GetExportedTypes()
           where !type.IsSubclassOf(typeof(Stream))
           orderby type.Name
           from limit in Options(type).Concat(Parameters(type))
           select limit,
    ];

    /// <summary>The page.</summary>
    public static string Write()
    {
        var text = new StringBuilder();
        text.Append("<!-- Generated from the public surface by LimitsTests; do not edit. -->\n# Limits\n\n");
        text.Append("Every number that bounds what a peer, a host or time may do: what it bounds, what it may be, its default and the\n");
        text.Append("reason. All are options. A value out of its range is an `ArgumentException` when it\n");
        text.Append("is set; two marks that contradict each other are one when something is made with them.\n");
        foreach (var group in All.GroupBy(limit => limit.Owner))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {group.Key}\n\n| option | what it bounds | range, default and reason |\n|---|---|---|\n");
            foreach (var limit in group)
                text.Append(CultureInfo.InvariantCulture, $"| `{limit.Name}` | {limit.What} | {limit.Value} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<Limit> Options(Type type) =>
        from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where property.SetMethod is { IsPublic: true } && IsMeasure(property.PropertyType)
        let docs = Docs.GetValueOrDefault($"P:{type.FullName}.{property.Name}")
        where docs is not null
        select new Limit(type.Name, property.Name, Text(docs.Element("summary")), Text(docs.Element("value")));

    private static IEnumerable<Limit> Parameters(Type type) =>
        from method in type.GetConstructors().Cast<MethodBase>()
            .Concat(type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
        from parameter in method.GetParameters()
        where parameter.HasDefaultValue && IsMeasure(parameter.ParameterType)
        let docs = Docs.FirstOrDefault(pair => IsOf(pair.Key, type, method)).Value
        let words = Text(docs?.Elements("param").FirstOrDefault(element => element.Attribute("name")?.Value == parameter.Name))
        select new Limit(
            type.Name, $"{(method.IsConstructor ? $"new {type.Name}" : method.Name)}({parameter.Name})", FirstSentence(words), Rest(words));

    // Two overloads with defaults of one name do not exist here; the first would be shown.
    private static bool IsOf(string member, Type type, MethodBase method) =>
        member.StartsWith($"M:{type.FullName}.{(method.IsConstructor ? "#ctor" : method.Name)}(", StringComparison.Ordinal)
        && method.GetParameters().All(parameter => Docs[member].Elements("param").Any(
            element => element.Attribute("name")?.Value == parameter.Name));

    private static bool IsMeasure(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var plain
        && (plain == typeof(int) || plain == typeof(long) || plain == typeof(TimeSpan));

    private static string Text(XElement? element)
    {
        if (element is null)
            return "";

        var parts = element.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "see" or "paramref" } see =>
                $"`{(see.Attribute("cref") ?? see.Attribute("langword") ?? see.Attribute("name"))!.Value.Split('.').Last().Split('(')[0]}`",
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement other => other.Value,
            _ => node.ToString(),
        });
        var plain = System.Net.WebUtility.HtmlDecode(string.Concat(parts));
        return Blanks().Replace(plain, " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static string FirstSentence(string words) => words.Split(". ", 2)[0].TrimEnd('.') + ".";

    private static string Rest(string words) => words.Split(". ", 2) is [_, var rest] ? rest : "";

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    /// <param name="Owner">The type that has it.</param>
    /// <param name="Name">Of the option, or of the method and its parameter.</param>
    /// <param name="What">It bounds.</param>
    /// <param name="Value">Its range, default and reason.</param>
    public sealed record Limit(string Owner, string Name, string What, string Value);
}
