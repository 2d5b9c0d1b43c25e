using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace TlsFsm.Packaging;

/// <summary>
/// The documentation that goes into a package: that of what a program can name. The compiler writes all that has a comment, and editors
/// and sites would show their readers what is not for them.
/// </summary>
internal static class PublicDocumentation
{
    /// <summary>Copies a documentation file without what the assembly does not show.</summary>
    /// <exception cref="InvalidDataException">Nothing would be left, so the two do not belong together.</exception>
    public static void Write(string assembly, string whole, string result)
    {
        var document = XDocument.Load(whole, LoadOptions.PreserveWhitespace);
        using (var image = new PEReader(File.OpenRead(assembly)))
            Keep(document, VisibleMembers.Of(image.GetMetadataReader()));
        if (!document.Descendants("member").Any())
            throw new InvalidDataException($"No member of {assembly} is described by {whole}.");

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(result))!);
        document.Save(result, SaveOptions.DisableFormatting);
    }

    private static void Keep(XDocument document, IReadOnlySet<string> visible)
    {
        foreach (var member in document.Descendants("member").Where(one => !visible.Contains(one.Attribute("name")!.Value)).ToList())
        {
            // With the line that it stands on.
            if (member.PreviousNode is XText space && string.IsNullOrWhiteSpace(space.Value))
                space.Remove();
            member.Remove();
        }
    }
}
