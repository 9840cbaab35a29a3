from rest_framework import serializers

from builder.accounts.models import Invite, Token, User


class PersonSerializer(serializers.ModelSerializer):
    is_owner = serializers.BooleanField(read_only=True)

    class Meta:
        model = User
        fields = ["id", "email", "name", "is_owner", "is_active", "date_joined", "last_login"]
        read_only_fields = fields


class MyselfSerializer(serializers.ModelSerializer):
    is_owner = serializers.BooleanField(read_only=True)
    has_password = serializers.BooleanField(source="has_usable_password", read_only=True)

    class Meta:
        model = User
        fields = ["id", "email", "name", "is_owner", "has_password"]
        read_only_fields = fields


class MeSerializer(serializers.Serializer):
    user = MyselfSerializer()
    language = serializers.CharField(help_text="The language chosen, or empty: as the browser asks")
    version = serializers.CharField()


class MeEditSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100, allow_blank=True, required=False)
    language = serializers.CharField(max_length=10, allow_blank=True, required=False)


class SignInSerializer(serializers.Serializer):
    email = serializers.EmailField()
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class InvitationSerializer(serializers.Serializer):
    email = serializers.EmailField()


class SignUpSerializer(serializers.Serializer):
    invite = serializers.CharField(max_length=200)
    name = serializers.CharField(max_length=100, allow_blank=True, default="")
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class PasswordSerializer(serializers.Serializer):
    current_password = serializers.CharField(max_length=1024, trim_whitespace=False, allow_blank=True, default="")
    new_password = serializers.CharField(max_length=1024, trim_whitespace=False)


class TokenSerializer(serializers.ModelSerializer):
    expires_in_days = serializers.IntegerField(
        min_value=1, max_value=3650, allow_null=True, default=None, write_only=True
    )

    class Meta:
        model = Token
        fields = ["id", "name", "prefix", "created_at", "last_used_at", "expires_at", "expires_in_days"]
        read_only_fields = ["id", "prefix", "created_at", "last_used_at", "expires_at"]


class NewTokenSerializer(TokenSerializer):
    token = serializers.CharField(read_only=True, help_text="Shown this once")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class InviteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invite
        fields = ["id", "email", "created_at", "expires_at", "accepted_at"]
        read_only_fields = ["id", "created_at", "expires_at", "accepted_at"]


class NewInviteSerializer(InviteSerializer):
    url = serializers.CharField(read_only=True, help_text="Shown this once")

    class Meta(InviteSerializer.Meta):
        fields = [*InviteSerializer.Meta.fields, "url"]
