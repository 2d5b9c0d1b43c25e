using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Core;

/// <summary>A BouncyCastle that is not the one the engine was made for says so in words, and before it does harm.</summary>
public sealed class LibraryFitTests
{
    [Test]
    public void The_version_that_is_here_fits() => Assert.That(LibraryFit.Verdict(LibraryFit.Version, LibraryFit.Reliances), Is.Null);

    [Test]
    public void What_was_tested_is_the_version_that_is_here_and_the_first_of_the_packages_range()
    {
        var packages = XDocument.Load(Path.Combine(Repository.Folder, "Directory.Packages.props"));
        var range = packages.Descendants("PackageVersion")
            .Single(version => (string?)version.Attribute("Include") == "BouncyCastle.Cryptography").Attribute("Version")!.Value;

        Assert.That(LibraryFit.Version, Is.EqualTo(LibraryFit.Tested));
        Assert.That(range, Is.EqualTo($"[{LibraryFit.Tested}, {LibraryFit.Beyond})"));
    }

    [Test]
    public void Every_internal_name_that_the_engine_uses_is_looked_at()
    {
        var used = typeof(LibraryFit).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(
                BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(UnsafeAccessorAttribute)))
            .Select(method => method.GetCustomAttribute<UnsafeAccessorAttribute>()!.Kind == UnsafeAccessorKind.Constructor
                ? (method.ReturnType, LibraryFit.Reliance.Constructor)
                : (OwnerOf(method.GetParameters()[0]), method.GetCustomAttribute<UnsafeAccessorAttribute>()!.Name!));

        Assert.That(LibraryFit.Reliances.Select(reliance => (reliance.Owner, reliance.Name)), Is.EquivalentTo(used));
    }

    /// <summary>A type that BouncyCastle keeps to itself is named in words.</summary>
    private static Type OwnerOf(ParameterInfo parameter) =>
        parameter.GetCustomAttribute<UnsafeAccessorTypeAttribute>() is { TypeName: var name }
            ? Type.GetType(name, throwOnError: true)! : parameter.ParameterType;

    [Test]
    public void A_version_without_a_name_is_refused_with_what_is_missing_and_what_to_do()
    {
        var missing = new LibraryFit.Reliance(typeof(TlsProtocol), "m_gone", [typeof(ByteQueue)], "data is taken from it");

        var verdict = LibraryFit.Verdict("2.7.9", [.. LibraryFit.Reliances, missing]);

        Assert.That(verdict, Is.EqualTo(
            "BouncyCastle.Cryptography 2.7.9 does not fit this TlsFsm, which was tested with 2.7.0: TlsProtocol has no field 'm_gone' of the "
            + "type ByteQueue (data is taken from it). Take a version from 2.7.0 up to, not including, 2.8.0, or a TlsFsm that was made for "
            + "this one."));
    }

    [Test]
    public void A_field_of_another_type_and_a_constructor_with_other_parameters_do_not_fit()
    {
        var verdict = LibraryFit.Verdict("2.7.9",
        [
            new LibraryFit.Reliance(typeof(GcmBlockCipher), "J0", [typeof(long)], "first"),
            new LibraryFit.Reliance(typeof(HandshakeMessageInput), LibraryFit.Reliance.Constructor, [typeof(byte[])], "second"),
        ]);

        Assert.That(verdict, Does.Contain("no field 'J0' of the type Int64 (first); HandshakeMessageInput has no constructor with (Byte[])"));
    }
}
